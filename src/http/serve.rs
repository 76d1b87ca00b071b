//! Connections: how many, how slow they may be, and how they end. (`axum::serve` has no limit for a head that comes slowly or never.)

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::util::MapRequest;

use super::crowd::{Crowd, Held};
use super::flood::Peer;
use super::{Edge, guarded, routes};

/// How slow and how many callers may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// From the first moment of a connection, or the end of an answer on it, to the end of the next head.
    pub(super) head: Duration,
    /// From the end of the head to the answer, the body included.
    pub(super) request: Duration,
    /// How long what is under way may take once the program stops.
    pub(super) drain: Duration,
    /// How long a connection may be used, however busy it is; what is under way then is finished. Whoever stays makes room for those who wait.
    pub(super) life: Duration,
    /// Connections at once; more wait at the door.
    pub(super) connections: usize,
    /// How many of them this address may have; more are hung up on. None: they are not counted.
    pub(super) places_of: fn(IpAddr) -> Option<usize>,
}

const LIMITS: Limits = Limits {
    head: Duration::from_secs(5),
    request: Duration::from_secs(10),
    drain: Duration::from_secs(5),
    life: Duration::from_mins(10),
    connections: 512,
    places_of,
};

/// A quarter of all places: so many that a proxy at a public address, which brings everybody's requests from there, is not held up (each is
/// answered within milliseconds), and so few that nobody keeps Telegram and the provider out alone.
const PER_PEER_MAX: usize = 128;
/// Of a private network: a proxy in it, or on the machine around a container, brings everybody's from one address. It leaves a few places,
/// so that whoever looks after the program from elsewhere still gets in. More places in all would be more open files than many a system
/// lets one program have.
const PER_PROXY_MAX: usize = 448;

/// A proxy on this machine brings everybody's, and is the last one to be kept out.
fn places_of(peer: IpAddr) -> Option<usize> {
    let (is_here, is_private) = match peer.to_canonical() {
        IpAddr::V4(peer) => (peer.is_loopback(), peer.is_private() || peer.is_link_local()),
        IpAddr::V6(peer) => (peer.is_loopback(), peer.is_unique_local() || peer.is_unicast_link_local()),
    };
    match (is_here, is_private) {
        (true, _) => None,
        (false, true) => Some(PER_PROXY_MAX),
        (false, false) => Some(PER_PEER_MAX),
    }
}

/// How long to wait when no connection can be accepted, because files are short for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Answers on `listener` until `stop`, then lets what is under way finish, for five seconds at most.
///
/// # Errors
/// None while it runs: a connection that fails concerns nobody else.
pub async fn serve(listener: TcpListener, edge: Edge, stop: CancellationToken) -> std::io::Result<()> {
    run(listener, guarded(routes(edge), LIMITS), stop, LIMITS).await;
    Ok(())
}

async fn run(listener: TcpListener, router: Router, stop: CancellationToken, limits: Limits) {
    let places = Places { all: Arc::new(Semaphore::new(limits.connections)), peers: Crowd::new(), of: limits.places_of };
    let connections = TaskTracker::new();
    while let Some((stream, place)) = next(&listener, &places, &stop).await {
        connections.spawn(answer(stream, place, router.clone(), stop.clone(), limits));
    }
    // Nobody waits at a door that stays shut.
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Room for connections: so many in all, and so many of one address.
struct Places {
    all: Arc<Semaphore>,
    peers: Arc<Crowd>,
    of: fn(IpAddr) -> Option<usize>,
}

/// What a connection holds until it ends.
type Place = (OwnedSemaphorePermit, Option<Held>);

/// The next connection and its place; nothing once the program stops.
async fn next(listener: &TcpListener, places: &Places, stop: &CancellationToken) -> Option<(TcpStream, Place)> {
    let accepted = async {
        let place = places.all.clone().acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, address)) => {
                    let Some(most) = (places.of)(address.ip()) else { return Some((stream, (place, None))) };
                    // Who has too many is hung up on, and nobody waits for it.
                    if let Some(held) = places.peers.enter(address.ip(), most) {
                        return Some((stream, (place, Some(held))));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => None,
        accepted = accepted => accepted,
    }
}

/// Answers one connection until it ends, its time is over, or the program stops.
async fn answer(stream: TcpStream, place: Place, router: Router, stop: CancellationToken, limits: Limits) {
    // Answers are small: waiting for more of them to come would only make them late.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().ok().map(|address| Peer(address.ip()));
    let service = MapRequest::new(router, move |mut request: hyper::Request<hyper::body::Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(limits.drain, connection).await.ok()
        }
        () = tokio::time::sleep(limits.life) => {
            connection.as_mut().graceful_shutdown();
            // As long as a request may take at most.
            tokio::select! {
                ended = connection => Some(ended),
                () = tokio::time::sleep(limits.head + limits.request) => None,
                () = async {
                    stop.cancelled().await;
                    tokio::time::sleep(limits.drain).await;
                } => None,
            }
        }
    };
    if let Some(Err(error)) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(place);
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    use super::*;

    const QUICK: Limits = Limits {
        head: Duration::from_millis(100),
        request: Duration::from_millis(200),
        drain: Duration::from_millis(100),
        life: Duration::from_mins(1),
        connections: 2,
        places_of: |_| Some(2),
    };

    struct Server {
        address: std::net::SocketAddr,
        stop: CancellationToken,
        task: JoinHandle<()>,
        /// Told when a request has come to `/wait`, and lets it go.
        waiting: Arc<Notify>,
        go: Arc<Notify>,
    }

    async fn server(limits: Limits) -> Server {
        let (waiting, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (told, released) = (waiting.clone(), go.clone());
        let wait = async move || {
            told.notify_one();
            released.notified().await;
            "done"
        };
        let router = Router::new()
            .route("/ok", get(async || "ok"))
            .route("/read", post(async |body: String| body))
            .route("/wait", get(wait))
            .route("/panic", get(async || -> StatusCode { panic!("a secret") }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(run(listener, guarded(router, limits), stop.clone(), limits));
        Server { address, stop, task, waiting, go }
    }

    impl Server {
        async fn connect(&self, text: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            stream
        }
    }

    /// All that comes until the server hangs up.
    async fn heard(mut stream: TcpStream) -> String {
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text).await;
        String::from_utf8(text).unwrap()
    }

    #[tokio::test]
    async fn whoever_says_nothing_or_half_a_head_is_cut() {
        let server = server(Limits { connections: 10, places_of: |_| Some(10), ..QUICK }).await;
        for said in ["", "GET /ok HTTP/1.1\r\nHost:"] {
            assert_eq!(heard(server.connect(said).await).await, "", "{said}");
        }
        let kept = heard(server.connect("GET /ok HTTP/1.1\r\nHost: x\r\n\r\n").await).await;
        assert!(kept.starts_with("HTTP/1.1 200 OK") && kept.ends_with("ok"), "an answer, and then nothing more to wait for: {kept}");
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let server = server(QUICK).await;
        let answer = heard(server.connect("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc").await).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }

    #[tokio::test]
    async fn a_panic_is_an_error_without_words() {
        let server = server(QUICK).await;
        let answer = heard(server.connect("GET /panic HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await).await;
        assert!(answer.starts_with("HTTP/1.1 500") && !answer.contains("secret"), "{answer}");
    }

    #[tokio::test]
    async fn more_connections_than_there_are_places_wait_their_turn() {
        let server = server(Limits { head: Duration::from_mins(1), places_of: |_| Some(3), ..QUICK }).await;
        let first = server.connect("").await;
        let second = server.connect("").await;
        let ask = "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let mut third = tokio::spawn(heard(server.connect(ask).await));
        let early = tokio::time::timeout(Duration::from_millis(100), &mut third).await;
        assert!(early.is_err(), "the other two still hold their places");
        for mut stream in [first, second] {
            stream.write_all(ask.as_bytes()).await.unwrap();
            assert!(heard(stream).await.ends_with("ok"));
        }
        assert!(third.await.unwrap().ends_with("ok"));
    }

    #[tokio::test]
    async fn one_address_does_not_take_all_places() {
        let limits = Limits { head: Duration::from_mins(1), connections: 5, ..QUICK };
        let server = server(limits).await;
        let ask = "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let mut first = server.connect("").await;
        let _second = server.connect("").await;
        for _ in 0..10 {
            assert_eq!(heard(server.connect("").await).await, "", "hung up on, and not asked to wait");
        }
        // Whoever goes makes room.
        first.write_all(ask.as_bytes()).await.unwrap();
        assert!(heard(first).await.ends_with("ok"));
        let mut again = String::new();
        while again.is_empty() {
            again = heard(server.connect(ask).await).await;
        }
        assert!(again.ends_with("ok"));
    }

    #[test]
    fn a_proxy_is_not_counted_like_one_of_those_whom_it_brings() {
        for (peer, places) in [
            ("127.0.0.1", None),
            ("::1", None),
            ("::ffff:127.0.0.1", None),
            // Docker's bridge, and other private networks.
            ("172.17.0.1", Some(448)),
            ("::ffff:172.31.255.254", Some(448)),
            ("10.0.0.1", Some(448)),
            ("192.168.1.1", Some(448)),
            ("169.254.1.1", Some(448)),
            ("fd00::1", Some(448)),
            ("fe80::1", Some(448)),
            ("172.32.0.1", Some(128)),
            ("203.0.113.7", Some(128)),
            ("2001:db8::1", Some(128)),
        ] {
            assert_eq!((LIMITS.places_of)(peer.parse().unwrap()), places, "{peer}");
        }
        const { assert!(PER_PROXY_MAX < LIMITS.connections, "whoever asks whether the program is well gets in") };
    }

    #[tokio::test]
    async fn a_connection_ends_in_time_however_busy_it_is() {
        let server = server(Limits { life: Duration::from_millis(150), request: Duration::from_mins(1), ..QUICK }).await;
        let mut busy = server.connect("").await;
        let mut answers = 0;
        // Somebody who never lets the time for a head run out.
        while busy.write_all(b"GET /ok HTTP/1.1\r\nHost: x\r\n\r\n").await.is_ok() {
            let mut answer = [0; 512];
            match busy.read(&mut answer).await {
                Ok(0) | Err(_) => break,
                Ok(_) => answers += 1,
            }
            assert!(answers < 1_000, "it goes on and on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(answers > 0);
        // What is under way then is finished.
        let under_way = server.connect("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n").await;
        server.waiting.notified().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.go.notify_one();
        assert!(heard(under_way).await.ends_with("done"));
    }

    #[tokio::test]
    async fn what_is_under_way_is_finished_before_the_end() {
        let server = server(Limits { request: Duration::from_mins(1), drain: Duration::from_mins(1), ..QUICK }).await;
        let under_way = server.connect("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n").await;
        server.waiting.notified().await;
        server.stop.cancel();
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        server.go.notify_one();
        assert!(heard(under_way).await.ends_with("done"));
        server.task.await.unwrap();
    }

    #[tokio::test]
    async fn the_end_does_not_wait_for_ever() {
        let server = server(Limits { request: Duration::from_mins(1), ..QUICK }).await;
        let under_way = server.connect("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n").await;
        server.waiting.notified().await;
        server.stop.cancel();
        server.task.await.unwrap();
        assert_eq!(heard(under_way).await, "");
    }
}
