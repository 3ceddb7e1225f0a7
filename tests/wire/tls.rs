//! TLS without a proxy: who is believed, what a browser is told, and certificates that are renewed
//! while everybody stays connected.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use lockstep_tests::{Certificates, PATIENCE, Server, connect_trusting};
use reqwest::tls::TlsInfo;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::shell::{lockstep, lockstep_trusting, operator, path};
use crate::{ADMIN, NORTH, TEACHER, Wire, asked};

/// A server that shows a certificate for `localhost`.
fn server(made: &Certificates) -> Server {
    let file = |name: &str| made.file(name).display().to_string();
    let server = Server::start_with(
        &[],
        &[
            ("LOCKSTEP_TLS_CERTIFICATE", &file("server.pem")),
            ("LOCKSTEP_TLS_KEY", &file("server.key")),
        ],
    );
    assert!(
        server.url.starts_with("https://localhost:"),
        "{}",
        server.url
    );
    server
}

/// A browser, as far as it goes, that believes the authority. Each request is a new connection.
fn browser(made: &Certificates) -> reqwest::Client {
    let ca = fs::read(made.file("ca.pem")).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&ca).unwrap()])
        .tls_info(true)
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

/// The certificate that new connections are shown.
async fn shown(browser: &reqwest::Client, server: &Server) -> Vec<u8> {
    let answer = browser.get(format!("{}/healthz", server.url)).send().await;
    let answer = answer.unwrap();
    let info = answer.extensions().get::<TlsInfo>().unwrap();
    info.peer_certificate().unwrap().to_vec()
}

/// Somebody's WebSocket over TLS.
async fn wire(made: &Certificates, server: &Server, who: &str) -> Wire {
    let (token, ca) = (server.token(who), made.file("ca.pem"));
    let socket = connect_trusting(&server.url, &token, &ca).await;
    Wire::welcomed(socket.expect("a connection")).await
}

/// Calls lock-down, and waits until a screen that follows is shown it.
async fn call_is_shown(
    made: &Certificates,
    browser: &reqwest::Client,
    server: &Server,
    screen: &mut Wire,
) {
    let answer = browser
        .post(format!("{}/v1/campuses/{NORTH}/commands", server.url))
        .bearer_auth(server.token(ADMIN))
        .header("origin", &server.url)
        .json(&asked(json!({ "name": "call_lock_down" })))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    while !screen
        .until("event")
        .await
        .to_string()
        .contains("lock_down")
    {}
    drop(wire(made, server, TEACHER).await);
}

#[tokio::test]
async fn a_server_with_a_certificate_speaks_tls_alone_and_tells_browsers_so() {
    let made = Certificates::good_for(90);
    let server = server(&made);
    let browser = browser(&made);
    let mut screen = wire(&made, &server, TEACHER).await;
    screen.subscribe(&[NORTH]).await;
    call_is_shown(&made, &browser, &server, &mut screen).await;

    let page = browser.get(format!("{}/command", server.url)).send().await;
    let page = page.unwrap();
    assert_eq!(page.version(), reqwest::Version::HTTP_11);
    let told = &page.headers()["strict-transport-security"];
    assert_eq!(told, "max-age=31536000");

    // A page that came without TLS may be anybody's.
    let ask = |origin: String| {
        let me = browser.get(format!("{}/v1/me", server.url));
        me.bearer_auth(server.token(ADMIN))
            .header("origin", origin)
            .send()
    };
    assert_eq!(ask(server.url.clone()).await.unwrap().status(), 200);
    let plain = server.url.replacen("https", "http", 1);
    assert_eq!(ask(plain.clone()).await.unwrap().status(), 403);

    // No TLS; an authority that nobody here knows; another name.
    assert!(reqwest::get(format!("{plain}/healthz")).await.is_err());
    assert!(
        reqwest::get(format!("{}/healthz", server.url))
            .await
            .is_err()
    );
    let by_number = server.url.replacen("localhost", "127.0.0.1", 1);
    let asked = browser.get(format!("{by_number}/healthz")).send().await;
    assert!(asked.is_err());
}

/// Renewed files are shown within seconds and no connection notices; what is of no use is not.
#[tokio::test]
async fn a_renewed_certificate_is_shown_and_nobody_is_disconnected() {
    let made = Certificates::good_for(2);
    let server = server(&made);
    let browser = browser(&made);
    let mut screen = wire(&made, &server, TEACHER).await;
    screen.subscribe(&[NORTH]).await;

    let before = shown(&browser, &server).await;
    made.renew(90);
    let began = Instant::now();
    let another = async { while shown(&browser, &server).await == before {} };
    timeout(PATIENCE, another)
        .await
        .expect("another certificate");
    println!("a renewed certificate is shown after {:?}", began.elapsed());
    let after = shown(&browser, &server).await;
    call_is_shown(&made, &browser, &server, &mut screen).await;

    // Half of a pair, and then no certificate at all.
    let good = fs::read(made.file("server.pem")).unwrap();
    for bad in [fs::read(made.file("ca.pem")).unwrap(), b"nothing".to_vec()] {
        fs::write(made.file("server.pem"), &bad).unwrap();
        let said = || server.log().matches("of before is shown on").count();
        let times = said();
        let tells = async {
            while said() == times {
                assert_eq!(shown(&browser, &server).await, after);
            }
        };
        timeout(PATIENCE, tells).await.expect("it says why");
    }
    fs::write(made.file("server.pem"), good).unwrap();
    call_is_shown(&made, &browser, &server, &mut screen).await;
}

/// A hundred who connect and say nothing, and one who is no TLS client, keep nobody from a call.
#[tokio::test]
async fn r4_a_handshake_that_never_ends_is_closed_in_bounded_time() {
    let made = Certificates::good_for(2);
    let server = server(&made);
    let browser = browser(&made);
    let address = server.url.trim_start_matches("https://").to_owned();
    let began = Instant::now();
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(&address).await.unwrap());
    }
    let mut plain = TcpStream::connect(&address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();

    let mut screen = wire(&made, &server, TEACHER).await;
    screen.subscribe(&[NORTH]).await;
    call_is_shown(&made, &browser, &server, &mut screen).await;

    for socket in &mut silent {
        let ended = timeout(PATIENCE, socket.read(&mut [0; 64])).await;
        // Closed or reset: nothing more comes.
        assert!(!matches!(ended.expect("it is closed"), Ok(1..)));
    }
    println!("silent handshakes are closed after {:?}", began.elapsed());
}

/// The command line believes the machine's authorities, among which the operator has put ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_comes_by_tls_and_believes_no_stranger() {
    let made = Certificates::good_for(90);
    let server = server(&made);
    let home = tempfile::tempdir().unwrap();
    let code = operator(server.data(), &["code", ADMIN, "--json"]).done();
    let code: serde_json::Value = serde_json::from_str(&code).unwrap();
    let sign_in = [
        "--server",
        &server.url,
        "sign-in",
        code["code"].as_str().unwrap(),
    ];
    let stranger = lockstep(home.path(), &sign_in);
    assert_ne!(stranger.code, 0, "{stranger:?}");

    let ca = made.file("ca.pem");
    lockstep_trusting(home.path(), &ca, &sign_in).done();
    let called = lockstep_trusting(home.path(), &ca, &["lock-down", NORTH]).done();
    assert!(called.contains("ecorded"), "{called}");
}

#[test]
fn a_key_that_everybody_may_read_and_files_of_no_use_say_what_to_do() {
    let made = Certificates::good_for(3);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (certificate, key) = (made.file("server.pem"), made.file("server.key"));
    let run = |command: &str| {
        let args = [
            "--tls-certificate",
            path(&certificate),
            "--tls-key",
            path(&key),
        ];
        operator(&data, &[&[command][..], &args].concat())
    };
    let soon = run("check");
    assert_eq!(soon.code, 1);
    assert!(soon.out.contains("BAD  tls"), "{soon:?}");
    assert!(soon.out.contains("renew it"), "{soon:?}");
    made.renew(90);
    let fit = run("check").done();
    assert!(
        fit.contains("ok   tls      a certificate for localhost"),
        "{fit}"
    );

    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    run("serve").failed(1, &["server.key", "may be read by everybody", "chmod 640"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

    fs::copy(made.file("ca.key"), &key).unwrap();
    run("serve").failed(1, &["server.pem", "and its key cannot be used"]);
    fs::write(&certificate, "nothing").unwrap();
    run("serve").failed(1, &["server.pem", "it has no certificate"]);
    fs::remove_file(&certificate).unwrap();
    run("serve").failed(1, &["server.pem", "cannot be read"]);
    let alone = ["serve", "--tls-certificate", path(&certificate)];
    operator(&data, &alone).failed(2, &["--tls-key"]);
}
