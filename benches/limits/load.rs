//! Load on an HTTP server of this machine: prepared requests over connections that stay open, as fast as answers come.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What came of it.
pub struct Load {
    pub per_second: f64,
    pub took: Vec<Duration>,
}

/// A request as it goes over the wire.
pub fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into()
}

/// Sends the requests over so many connections, each request once; every answer must be a 200.
pub async fn send(address: &str, connections: usize, requests: Vec<Vec<u8>>) -> Load {
    let count = requests.len();
    let mut shares: Vec<Vec<Vec<u8>>> = (0..connections).map(|_| Vec::new()).collect();
    for (at, request) in requests.into_iter().enumerate() {
        shares[at % connections].push(request);
    }
    let begun = Instant::now();
    let senders = shares.into_iter().map(|share| tokio::spawn(one(address.to_owned(), share)));
    let mut took = Vec::with_capacity(count);
    for sender in senders.collect::<Vec<_>>() {
        took.extend(sender.await.unwrap());
    }
    Load { per_second: f64::from(u32::try_from(count).unwrap()) / begun.elapsed().as_secs_f64(), took }
}

async fn one(address: String, requests: Vec<Vec<u8>>) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut took = Vec::with_capacity(requests.len());
    let mut answer = vec![0; 8_192];
    for request in requests {
        let begun = Instant::now();
        stream.write_all(&request).await.unwrap();
        let mut read = 0;
        while !is_whole(&answer[..read]) {
            let more = stream.read(&mut answer[read..]).await.unwrap();
            assert!(more > 0, "the server hung up");
            read += more;
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..read]));
        took.push(begun.elapsed());
    }
    took
}

/// Whether an answer has come to its end: the head says how long the body is.
fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let words = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = words.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    answer.len() >= head + 4 + length
}
