//! Imports of questions while the database fails: afterwards either all of a file is stored, or nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use backend::command::CommandError;
use backend::questions::{files, service};
use domain::actor::Actor;
use domain::person::Member;
use emulator::Clients;
use local::{Local, Settings, deployment};
use protocol::envelope::ErrorCode;

/// More than two transactions.
const COUNT: usize = 250;

/// Lets this number of question transactions pass and refuses the next one, and optionally the deletions that undo them.
#[derive(Debug, Default)]
struct Outage {
    passed: AtomicUsize,
    lasts: AtomicBool,
}

#[derive(Debug, Clone)]
struct Outages(Arc<Outage>);

impl Intercept for Outages {
    fn name(&self) -> &'static str {
        "Outages"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = String::from_utf8_lossy(context.request().body().bytes().unwrap_or_default()).into_owned();
        let is_of_bank = body.contains("TransactItems") && body.contains("BANK#");
        let is_deletion = body.contains("\"Delete\"");
        let is_third = is_of_bank && !is_deletion && self.0.passed.fetch_add(1, Ordering::SeqCst) == 2;
        match is_third || (is_of_bank && is_deletion && self.0.lasts.load(Ordering::SeqCst)) {
            true => Err("the database is out of reach".into()),
            false => Ok(()),
        }
    }
}

async fn fixture(outage: &Arc<Outage>) -> (Local, deployment::Application) {
    let mut application_slot = None;
    let local = Local::start_with(Settings::ephemeral(), async |clients| {
        let dynamodb = clients.dynamodb.config().to_builder().interceptor(Outages(Arc::clone(outage))).build();
        let clients = Clients { dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb), ..clients };
        let app = deployment::application(clients, None).await?;
        application_slot = Some(app.clone());
        deployment::deployment(&app, deployment::built_in(&app), Duration::from_secs(60))
    });
    let local = local.await.unwrap();
    (local, application_slot.unwrap())
}

fn ada() -> Actor {
    Actor::Member(Member {
        id: "ada".parse().unwrap(),
        name: "Ada".parse().unwrap(),
        is_admin: false,
        groups: Vec::new(),
    })
}

async fn import(app: &deployment::Application) -> Result<usize, (ErrorCode, String)> {
    let rows: String = (0..COUNT).map(|number| format!("Question {number}?\n")).collect();
    let file = files::read_csv(format!("text\n{rows}").as_bytes()).unwrap();
    match service::add(app, &ada(), file.contents).await {
        Ok(added) => Ok(added.len()),
        Err(CommandError::Rejected(error)) => Err((error.code, error.message)),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_failed_import_leaves_nothing_behind() {
    let outage = Arc::new(Outage::default());
    let (_local, app) = fixture(&outage).await;
    let (code, message) = import(&app).await.unwrap_err();
    assert_eq!(code, ErrorCode::Unavailable);
    assert!(message.starts_with("Nothing was imported"), "{message}");
    assert_eq!(service::list(&app, &ada()).await.unwrap(), []);
    assert_eq!(import(&app).await, Ok(COUNT), "and it can be imported again");
    assert_eq!(service::list(&app, &ada()).await.unwrap().len(), COUNT);
}

#[tokio::test]
async fn an_import_that_cannot_be_undone_reports_what_was_added() {
    let outage = Arc::new(Outage { lasts: true.into(), ..Outage::default() });
    let (_local, app) = fixture(&outage).await;
    let (_, message) = import(&app).await.unwrap_err();
    assert!(message.starts_with("Only the first 200 questions were added"), "{message}");
    assert_eq!(service::list(&app, &ada()).await.unwrap().len(), 200);
}
