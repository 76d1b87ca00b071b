//! QR codes as pictures.
