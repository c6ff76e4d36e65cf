//! The queue for a table from outside: who is called, who takes it, and what all clients see.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::people::Person;
use test_support::server::Server;

use crate::notify::{office, ring_for};

async fn step(person: &Person, method: Method, below: &str) -> (u16, Value) {
    let answer = person.api.call(method, &format!("/v1/tables/lobby/line{below}")).await;
    (answer.status, answer.data().clone())
}

async fn join(person: &Person) {
    let (status, line) = step(person, Method::POST, "").await;
    assert_eq!(status, 200, "{line}");
}

fn names(line: &Value) -> Vec<&str> {
    line["waiting"].as_array().unwrap().iter().map(|place| place["name"].as_str().unwrap()).collect()
}

/// The number of waiting members, as stored in the table's item.
async fn waiting(server: &Server) -> Value {
    server.visitor().call(Method::GET, "/v1/tables/lobby").await.data()["waiting"].clone()
}

async fn line_when(server: &Server, is_so: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let answer = server.visitor().call(Method::GET, "/v1/tables/lobby/line").await;
            if is_so(answer.data()) {
                return answer.data().clone();
            }
        }
    };
    tokio::time::timeout(test_support::TIMEOUT, wait).await.expect("the line moves")
}

#[tokio::test]
async fn the_first_is_called_by_push_and_page_and_takes_the_table() {
    let (outside, server) = office().await;
    let (ada, bo) = (server.member("Ada").await, server.member("Bo").await);
    let browser = outside.browser("ada");
    ring_for(&ada.api, &browser).await;
    join(&ada).await;
    join(&bo).await;
    join(&ada).await;
    let mut socket = server.socket().await;
    socket.subscribe("table/lobby").await;

    server.api().report("lobby", true).await;
    let notices = browser.notices(1).await;
    assert_eq!((&notices[0]["tag"], &notices[0]["path"]), (&json!("line/lobby"), &json!("/tables/lobby")));
    assert_eq!(notices[0]["title"], "Your turn: Lobby");
    let mut live = socket.news_of("line").await;
    while live["isCalled"] != true {
        live = socket.news_of("line").await;
    }
    assert_eq!(names(&live), ["Ada", "Bo"]);
    assert!(!live.to_string().contains(&ada.id), "everybody sees names, nobody ids");

    assert_eq!(step(&bo, Method::POST, "/take").await.0, 422, "it is not Bo's turn");
    let (status, line) = step(&ada, Method::POST, "/take").await;
    assert_eq!((status, &line["takenBy"]["name"], names(&line)), (200, &json!("Ada"), vec!["Bo"]));
    server.api().report("lobby", false).await;
    let line = line_when(&server, |line| line["takenBy"].is_null()).await;
    assert_eq!((names(&line), &line["isCalled"]), (vec!["Bo"], &json!(false)));
}

#[tokio::test]
async fn the_sensors_busy_takes_it_and_who_passes_lets_the_next_one_go() {
    let (_outside, server) = office().await;
    let people = [server.member("Ada").await, server.member("Bo").await, server.member("Cy").await];
    for person in &people {
        join(person).await;
    }
    server.api().report("lobby", true).await;
    line_when(&server, |line| line["isCalled"] == true).await;
    server.api().report("lobby", false).await;
    let line = line_when(&server, |line| names(line).len() == 2).await;
    assert_eq!((names(&line), &line["isCalled"]), (vec!["Bo", "Cy"], &json!(false)));

    server.api().report("lobby", true).await;
    line_when(&server, |line| line["isCalled"] == true).await;
    let (status, line) = step(&people[1], Method::POST, "/pass").await;
    assert_eq!((status, names(&line), &line["isCalled"]), (200, vec!["Cy"], &json!(true)));
    let (status, line) = step(&people[2], Method::DELETE, "").await;
    assert_eq!((status, names(&line)), (200, Vec::<&str>::new()));
}

#[tokio::test]
async fn a_turn_that_is_over_goes_to_the_next_one_by_itself() {
    let (_outside, server) = office().await;
    let (ada, bo) = (server.member("Ada").await, server.member("Bo").await);
    join(&ada).await;
    join(&bo).await;
    server.api().report("lobby", true).await;
    line_when(&server, |line| line["isCalled"] == true).await;
    // As if two minutes had passed: the next write checks the queue again.
    server.database().end_turn("lobby").await;
    let line = line_when(&server, |line| names(line) == ["Bo"]).await;
    assert_eq!(line["isCalled"], true);
}

#[tokio::test]
async fn a_table_says_how_many_wait_and_its_screens_hear_of_it() {
    let (_outside, server) = office().await;
    let (ada, bo) = (server.member("Ada").await, server.member("Bo").await);
    assert_eq!(waiting(&server).await, 0);
    let mut socket = server.socket().await;
    socket.subscribe("tables").await;
    join(&ada).await;
    assert_eq!((waiting(&server).await, &socket.news_of("lobby").await["waiting"]), (json!(1), &json!(1)));
    let before = server.visitor().call(Method::GET, "/v1/tables/lobby").await.data().clone();
    join(&ada).await;
    join(&bo).await;
    assert_eq!((waiting(&server).await, &socket.news_of("lobby").await["waiting"]), (json!(2), &json!(2)));
    let after = server.visitor().call(Method::GET, "/v1/tables/lobby").await.data().clone();
    assert_eq!((&after["status"], &after["since"]), (&before["status"], &before["since"]), "who waits is no status");
    let (status, _) = step(&bo, Method::DELETE, "").await;
    assert_eq!((status, waiting(&server).await), (200, json!(1)));
    // Ada is called, and plays.
    server.api().report("lobby", true).await;
    line_when(&server, |line| line["isCalled"] == true).await;
    assert_eq!(step(&ada, Method::POST, "/take").await.0, 200);
    assert_eq!(waiting(&server).await, 0);
}

#[tokio::test]
async fn a_table_that_is_registered_anew_learns_who_still_waits() {
    let (_outside, server) = office().await;
    join(&server.member("Ada").await).await;
    server.api().remove("lobby").await;
    server.api().register("lobby", "Lobby").await;
    let agrees = async {
        loop {
            let line = server.visitor().call(Method::GET, "/v1/tables/lobby/line").await;
            if waiting(&server).await == names(line.data()).len() {
                break;
            }
        }
    };
    tokio::time::timeout(test_support::TIMEOUT, agrees).await.expect("the table and its queue agree");
}

#[tokio::test]
async fn only_who_is_signed_in_stands_in_line() {
    let (_outside, server) = office().await;
    let device = server.visitor().with_key(&server.api().device_key(&["*"], true).await);
    let visitor = server.visitor().with_visitor(&"Y".repeat(43));
    for (method, below) in [(Method::POST, ""), (Method::DELETE, ""), (Method::POST, "/take"), (Method::POST, "/pass")]
    {
        let path = format!("/v1/tables/lobby/line{below}");
        assert_eq!(visitor.call(method.clone(), &path).await.status, 401, "{below}");
        assert_eq!(device.call(method, &path).await.status, 403, "{below}");
    }
    let ada = server.member("Ada").await;
    let nowhere = ada.api.call(Method::POST, "/v1/tables/nowhere/line").await;
    assert_eq!(nowhere.status, 404);
    server.api().remove("lobby").await;
    let gone = server.visitor().call(Method::GET, "/v1/tables/lobby/line").await;
    assert_eq!(gone.status, 404);
}
