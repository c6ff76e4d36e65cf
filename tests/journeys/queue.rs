//! The queue for a table from outside: who is called, who takes it, and what all clients see.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::people::Person;
use test_support::server::Server;

use crate::notify::{start_with_services, subscribe_push};

async fn step(person: &Person, method: Method, below: &str) -> (u16, Value) {
    let response = person.api.call(method, &format!("/v1/tables/lobby/line{below}")).await;
    (response.status, response.data().clone())
}

async fn join(person: &Person) {
    let (status, queue) = step(person, Method::POST, "").await;
    assert_eq!(status, 200, "{queue}");
}

fn names(queue: &Value) -> Vec<&str> {
    queue["waiting"].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect()
}

/// The number of waiting members, as stored in the table's item.
async fn waiting(server: &Server) -> Value {
    server.visitor().call(Method::GET, "/v1/tables/lobby").await.data()["waiting"].clone()
}

async fn queue_when(server: &Server, is_so: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let response = server.visitor().call(Method::GET, "/v1/tables/lobby/line").await;
            if is_so(response.data()) {
                return response.data().clone();
            }
        }
    };
    tokio::time::timeout(test_support::TIMEOUT, wait).await.expect("the queue changes")
}

#[tokio::test]
async fn the_first_person_is_called_by_push_and_page_and_takes_the_table() {
    let (services, server) = start_with_services().await;
    let (ada, bo) = (server.member("Ada").await, server.member("Bo").await);
    let browser = services.browser("ada");
    subscribe_push(&ada.api, &browser).await;
    join(&ada).await;
    join(&bo).await;
    join(&ada).await;
    let mut socket = server.socket().await;
    socket.subscribe("table/lobby").await;

    server.api().report("lobby", true).await;
    let notifications = browser.notifications(1).await;
    assert_eq!((&notifications[0]["tag"], &notifications[0]["path"]), (&json!("line/lobby"), &json!("/tables/lobby")));
    assert_eq!(notifications[0]["title"], "Your turn: Lobby");
    let mut live = socket.change_of("line").await;
    while live["isCalled"] != true {
        live = socket.change_of("line").await;
    }
    assert_eq!(names(&live), ["Ada", "Bo"]);
    assert!(!live.to_string().contains(&ada.id), "the public view has names and no ids");

    assert_eq!(step(&bo, Method::POST, "/take").await.0, 422, "it is not Bo's turn");
    let (status, queue) = step(&ada, Method::POST, "/take").await;
    assert_eq!((status, &queue["takenBy"]["name"], names(&queue)), (200, &json!("Ada"), vec!["Bo"]));
    server.api().report("lobby", false).await;
    let queue = queue_when(&server, |queue| queue["takenBy"].is_null()).await;
    assert_eq!((names(&queue), &queue["isCalled"]), (vec!["Bo"], &json!(false)));
}

#[tokio::test]
async fn a_report_of_busy_ends_the_call_and_passing_calls_the_next_person() {
    let (_services, server) = start_with_services().await;
    let people = [server.member("Ada").await, server.member("Bo").await, server.member("Cy").await];
    for person in &people {
        join(person).await;
    }
    server.api().report("lobby", true).await;
    queue_when(&server, |queue| queue["isCalled"] == true).await;
    server.api().report("lobby", false).await;
    let queue = queue_when(&server, |queue| names(queue).len() == 2).await;
    assert_eq!((names(&queue), &queue["isCalled"]), (vec!["Bo", "Cy"], &json!(false)));

    server.api().report("lobby", true).await;
    queue_when(&server, |queue| queue["isCalled"] == true).await;
    let (status, queue) = step(&people[1], Method::POST, "/pass").await;
    assert_eq!((status, names(&queue), &queue["isCalled"]), (200, vec!["Cy"], &json!(true)));
    let (status, queue) = step(&people[2], Method::DELETE, "").await;
    assert_eq!((status, names(&queue)), (200, Vec::<&str>::new()));
}

#[tokio::test]
async fn a_turn_that_times_out_goes_to_the_next_person() {
    let (_services, server) = start_with_services().await;
    let (ada, bo) = (server.member("Ada").await, server.member("Bo").await);
    join(&ada).await;
    join(&bo).await;
    server.api().report("lobby", true).await;
    queue_when(&server, |queue| queue["isCalled"] == true).await;
    // As if two minutes had passed: the next write checks the queue again.
    server.database().end_turn("lobby").await;
    let queue = queue_when(&server, |queue| names(queue) == ["Bo"]).await;
    assert_eq!(queue["isCalled"], true);
}

#[tokio::test]
async fn the_number_of_waiting_people_is_published() {
    let (_services, server) = start_with_services().await;
    let (ada, bo) = (server.member("Ada").await, server.member("Bo").await);
    assert_eq!(waiting(&server).await, 0);
    let mut socket = server.socket().await;
    socket.subscribe("tables").await;
    join(&ada).await;
    assert_eq!((waiting(&server).await, &socket.change_of("lobby").await["waiting"]), (json!(1), &json!(1)));
    let before = server.visitor().call(Method::GET, "/v1/tables/lobby").await.data().clone();
    join(&ada).await;
    join(&bo).await;
    assert_eq!((waiting(&server).await, &socket.change_of("lobby").await["waiting"]), (json!(2), &json!(2)));
    let after = server.visitor().call(Method::GET, "/v1/tables/lobby").await.data().clone();
    assert_eq!((&after["status"], &after["since"]), (&before["status"], &before["since"]), "who waits is no status");
    let (status, _) = step(&bo, Method::DELETE, "").await;
    assert_eq!((status, waiting(&server).await), (200, json!(1)));
    // Ada is called, and plays.
    server.api().report("lobby", true).await;
    queue_when(&server, |queue| queue["isCalled"] == true).await;
    assert_eq!(step(&ada, Method::POST, "/take").await.0, 200);
    assert_eq!(waiting(&server).await, 0);
}

#[tokio::test]
async fn a_table_that_is_registered_again_counts_those_who_still_wait() {
    let (_services, server) = start_with_services().await;
    join(&server.member("Ada").await).await;
    server.api().remove("lobby").await;
    server.api().register("lobby", "Lobby").await;
    let agrees = async {
        loop {
            let queue = server.visitor().call(Method::GET, "/v1/tables/lobby/line").await;
            if waiting(&server).await == names(queue.data()).len() {
                break;
            }
        }
    };
    tokio::time::timeout(test_support::TIMEOUT, agrees).await.expect("the table and its queue agree");
}

#[tokio::test]
async fn only_members_join_a_queue() {
    let (_services, server) = start_with_services().await;
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
