//! Which Redis is reached, and as whom.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lockstep_server::bus::Bus as _;
use lockstep_server::bus::redis::{AddressError, RedisBus, RedisServer};
use lockstep_server::keys::Keys;
use lockstep_tests::{Certificates, Redis};

use super::{instance, joined, log_of, some_district, until_heard};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_away_and_a_right_one_is_joined() {
    let redis = Redis::start(&[
        "--user",
        "lockstep",
        "on",
        ">right",
        "&lockstep:1:*",
        "+publish",
        "+subscribe",
    ]);
    let at = |password| {
        redis
            .url()
            .replace("://", &format!("://lockstep:{password}@"))
    };
    let wrong = instance(&at("wrong"));
    joined(&at("right")).await;
    stays_away(&wrong).await;
}

/// TLS always checks who answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_reached_over_tls_that_checks_whose_it_is() {
    let made = Certificates::good_for(2);
    let file = |name: &str| made.file(name).display().to_string();
    let port = Redis::free_port().to_string();
    let redis = Redis::start(
        &[
            ["--tls-port", &port],
            ["--tls-auth-clients", "no"],
            ["--tls-cert-file", &file("server.pem")],
            ["--tls-key-file", &file("server.key")],
        ]
        .concat(),
    );
    let ca = file("ca.pem");
    let over = |url: &str, ca: Option<&str>| {
        let server = RedisServer::at(url, ca.map(Path::new)).unwrap();
        RedisBus::start(server, Arc::new(Keys::from_master([7; 32])))
    };
    let right = format!("rediss://localhost:{port}");
    let (speaks, listens) = (over(&right, Some(&ca)), joined(&redis.url()).await);
    let north = log_of(&some_district(), "north");
    let mut heard = listens.hear(&north);
    until_heard(&*speaks, &north, &mut heard).await;

    // An authority that nobody here knows; another server's name; no TLS.
    let unknown = over(&right, None);
    let other_name = over(&format!("rediss://127.0.0.1:{port}"), Some(&ca));
    let plain = over(&format!("redis://localhost:{port}"), None);
    tokio::join!(
        stays_away(&unknown),
        stays_away(&other_name),
        stays_away(&plain)
    );
    let missing = RedisServer::at(&right, Some(Path::new(&file("no.pem"))));
    assert!(matches!(missing, Err(AddressError::Tls(_))));
}

async fn stays_away(bus: &RedisBus) {
    let mut health = bus.watch();
    let joins = tokio::time::timeout(Duration::from_secs(1), health.changed());
    assert!(joins.await.is_err(), "joined");
}

#[test]
fn a_url_that_is_none_is_said_clearly_and_never_quoted() {
    for url in [
        "",
        "hunter2",
        "http://ana:hunter2@redis",
        "redis://:hunter2@",
        "redis://:hunter2@redis:port",
        "redis://:hunt/hunter2@redis",
        "redis://redis/?protocol=hunter2",
        "rediss://:hunter2@redis/#hunter2",
    ] {
        let Err(why) = RedisServer::at(url, None) else {
            panic!("taken: {url}");
        };
        assert!(!why.to_string().contains("hunt"), "{why}");
        assert!(matches!(why, AddressError::Unreadable), "{url}: {why}");
    }
    let insecure = RedisServer::at("rediss://:hunter2@redis/#insecure", None);
    assert!(matches!(insecure, Err(AddressError::Insecure)));
    let shown = RedisServer::at("redis://ana:hunter2@redis", None).unwrap();
    assert_eq!(shown.shown(), "Redis on redis:6379");
}
