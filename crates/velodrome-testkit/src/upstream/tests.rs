use std::io::{Read, Write};

use super::*;

fn call(upstream: &FakeUpstream, request: &str) -> String {
    let mut stream = TcpStream::connect(upstream.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_programmed_call_is_answered_and_recorded() {
    let upstream = FakeUpstream::start();
    upstream.on(
        "POST",
        "/deals",
        Answer::json(r#"{"id":1}"#).with_status(201),
    );

    let answer = call(
        &upstream,
        "POST /deals?dry=1 HTTP/1.1\r\nContent-Length: 2\r\nX-Test: yes\r\n\r\n{}",
    );

    let received = upstream.received();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert!(answer.ends_with(r#"{"id":1}"#), "{answer}");
    assert_eq!(received[0].query(), "dry=1");
    assert_eq!(received[0].header("X-Test"), Some("yes"));
    assert_eq!(received[0].text(), "{}");
}

#[test]
fn a_body_in_chunks_is_put_together() {
    let upstream = FakeUpstream::start();
    upstream.on("POST", "/", Answer::status(204));

    call(
        &upstream,
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );

    assert_eq!(upstream.received()[0].text(), "abcde");
}

#[test]
fn answers_come_in_turn_and_the_last_one_stays() {
    let upstream = FakeUpstream::start();
    upstream.on_each("GET", "/", [Answer::status(429), Answer::status(200)]);

    let statuses: Vec<String> = (0..3)
        .map(|_| call(&upstream, "GET / HTTP/1.1\r\n\r\n")[9..12].to_owned())
        .collect();

    assert_eq!(statuses, ["429", "200", "200"]);
}

#[test]
fn a_truncated_answer_promises_more_than_it_sends() {
    let upstream = FakeUpstream::start();
    upstream.on("GET", "/", Answer::json("[1]").truncated(100));

    let answer = call(&upstream, "GET / HTTP/1.1\r\n\r\n");

    assert!(answer.contains("Content-Length: 100"), "{answer}");
    assert!(answer.ends_with("[1]"), "{answer}");
}

#[test]
#[should_panic(expected = "unexpected calls to the upstream: [\"GET /surprise\"]")]
fn an_unexpected_call_fails_the_test() {
    let upstream = FakeUpstream::start();

    call(&upstream, "GET /surprise HTTP/1.1\r\n\r\n");
}
