//! Deposit addresses and transaction hashes that pass every check of their network and belong to nobody: they are derived from hashes.

use bech32::Hrp;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::digest::{Context, SHA256};
use sha3::{Digest as _, Keccak256};

use super::coins::Network;

/// The hash of all parts, each with its length, so that no two lists of parts give the same.
pub fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// The address on `network` that this hash stands for.
pub fn address(network: Network, hash: &[u8; 32]) -> String {
    let (short, _) = hash.split_at(20);
    match network {
        Network::Tron => bs58::encode(short).with_check_version(0x41).into_string(),
        Network::Bitcoin => segwit("bc", short),
        Network::Litecoin => segwit("ltc", short),
        Network::Solana => bs58::encode(hash).into_string(),
        Network::Ton => ton(hash),
        Network::Bsc | Network::Ethereum | Network::Arbitrum | Network::Base | Network::Optimism => eip55(short),
    }
}

/// The hash of a transaction on `network`, written as its explorers write it.
pub fn transaction(network: Network, hash: &[u8; 32]) -> String {
    match network {
        Network::Solana => bs58::encode([hash.as_slice(), hash.as_slice()].concat()).into_string(),
        Network::Bsc | Network::Ethereum | Network::Arbitrum | Network::Base | Network::Optimism => format!("0x{}", HEXLOWER.encode(hash)),
        Network::Bitcoin | Network::Litecoin | Network::Tron | Network::Ton => HEXLOWER.encode(hash),
    }
}

/// BIP-173, witness version 0.
fn segwit(prefix: &str, program: &[u8]) -> String {
    Hrp::parse(prefix).ok().and_then(|prefix| bech32::segwit::encode_v0(prefix, program).ok()).unwrap_or_default()
}

/// EIP-55: a letter is a capital where the hash of the lower-case address has a nibble of 8 or more.
fn eip55(bytes: &[u8]) -> String {
    let plain = HEXLOWER.encode(bytes);
    let case = HEXLOWER.encode(&Keccak256::digest(plain.as_bytes()));
    let mixed = plain.chars().zip(case.chars()).map(|(letter, nibble)| if nibble >= '8' { letter.to_ascii_uppercase() } else { letter });
    format!("0x{}", mixed.collect::<String>())
}

/// The user-friendly form, not bounceable, base chain: tag, workchain, account, CRC-16 (XMODEM).
fn ton(account: &[u8; 32]) -> String {
    let mut bytes = vec![0x51, 0x00];
    bytes.extend_from_slice(account);
    let check = crc16(&bytes);
    bytes.extend_from_slice(&check.to_be_bytes());
    BASE64URL_NOPAD.encode(&bytes)
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_look_as_their_network_wants_them() {
        for n in 0..50_u8 {
            let hash = hash(&[&[n]]);
            let tron = address(Network::Tron, &hash);
            assert!(tron.starts_with('T') && tron.len() == 34, "{tron}");
            assert!(bs58::decode(&tron).with_check(Some(0x41)).into_vec().is_ok());
            for (network, prefix) in [(Network::Bitcoin, "bc1q"), (Network::Litecoin, "ltc1q")] {
                let address = address(network, &hash);
                assert!(address.starts_with(prefix), "{address}");
                assert!(bech32::segwit::decode(&address).is_ok());
            }
            assert_eq!(bs58::decode(address(Network::Solana, &hash)).into_vec().unwrap().len(), 32);
            let ton = address(Network::Ton, &hash);
            assert!(ton.starts_with("UQ") && ton.len() == 48, "{ton}");
        }
    }

    #[test]
    fn checksums_agree_with_published_ones() {
        // EIP-55's own example.
        let bytes = HEXLOWER.decode(b"5aaeb6053f3e94c9b9a09f33669435e7ef1beaed").unwrap();
        assert_eq!(eip55(&bytes), "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
        // The check value of CRC-16/XMODEM.
        assert_eq!(crc16(b"123456789"), 0x31c3);
        // BIP-173's own example.
        let program = HEXLOWER.decode(b"751e76e8199196d454941c45d1b3a323f1433bd6").unwrap();
        assert_eq!(segwit("bc", &program), "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
    }
}
