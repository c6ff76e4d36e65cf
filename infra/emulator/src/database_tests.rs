//! The index and the trimming, on a real database.

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::put_item::PutItemRequest;
use rusqlite::StatementStatus;
use serde_json::json;

use super::*;

fn database_with_changes(directory: &Path, count: usize) -> LocalDatabase {
    let database = LocalDatabase::open(&directory.join("rally.db")).unwrap();
    let table: CreateTableRequest = serde_json::from_value(json!({
        "TableName": "rally",
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    }))
    .unwrap();
    database.handle().create_table(table).unwrap();
    for number in 0..count {
        let put: PutItemRequest = serde_json::from_value(json!({
            "TableName": "rally", "Item": { "pk": { "S": "one" }, "n": { "N": number.to_string() } },
        }))
        .unwrap();
        database.handle().put_item(put).unwrap();
    }
    database
}

fn records(database: &LocalDatabase) -> usize {
    let connection = database.maintenance.lock().unwrap();
    connection.query_row("SELECT COUNT(*) FROM _stream_records", [], |row| row.get(0)).unwrap()
}

/// The two queries of the database on each write and on each read of the stream.
const NEXT: &str =
    "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 'rally'";
const READ: &str = "SELECT event_name FROM _stream_records
    WHERE table_name = 'rally' AND shard_id = 'shardId-00000001-rally' AND CAST(sequence_number AS INTEGER) > 5
    ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 1";

#[test]
fn both_queries_use_the_index() {
    let directory = tempfile::tempdir().unwrap();
    let database = database_with_changes(directory.path(), 300);
    let connection = database.maintenance.lock().unwrap();
    for query in [NEXT, READ] {
        let plan: String = connection.query_row(&format!("EXPLAIN QUERY PLAN {query}"), [], |row| row.get(3)).unwrap();
        assert!(plan.starts_with("SEARCH") && plan.contains("_stream_records_by_sequence"), "{query}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{query}: {plan}");

        let mut statement = connection.prepare(query).unwrap();
        statement.query([]).unwrap().next().unwrap();
        let steps = statement.get_status(StatementStatus::VmStep);
        assert!(steps < 100, "{query} took {steps} steps for 300 records");
    }
}

#[test]
fn only_old_and_delivered_records_are_trimmed() {
    let directory = tempfile::tempdir().unwrap();
    let database = database_with_changes(directory.path(), 5);
    let newest: i64 = {
        let connection = database.maintenance.lock().unwrap();
        connection
            .query_row("SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records", [], |row| row.get(0))
            .unwrap()
    };
    let delivered = Some(SequenceNumber::from(PUBLIC_OFFSET + u128::try_from(newest).unwrap()));
    let now = SystemTime::now();
    let in_two_days = now + RETENTION * 2;
    assert_eq!(database.trim("rally", delivered, now), Ok(0), "young");
    assert_eq!(database.trim("rally", None, in_two_days), Ok(0), "not delivered");
    assert_eq!(database.trim("rally", delivered.map(SequenceNumber::before), in_two_days), Ok(4));
    assert_eq!(records(&database), 1, "the last one was not delivered");
    assert_eq!(database.trim("rally", delivered, in_two_days), Ok(1));
}

#[test]
fn sequence_numbers_continue_after_a_trim() {
    let directory = tempfile::tempdir().unwrap();
    let database = database_with_changes(directory.path(), 2);
    let highest = |database: &LocalDatabase| -> i64 {
        let connection = database.maintenance.lock().unwrap();
        connection.query_row(NEXT, [], |row| row.get(0)).unwrap()
    };
    let before = highest(&database);
    let delivered = Some(SequenceNumber::from(PUBLIC_OFFSET + u128::try_from(before).unwrap()));
    database.trim("rally", delivered, SystemTime::now() + RETENTION * 2).unwrap();
    let put: PutItemRequest =
        serde_json::from_value(json!({ "TableName": "rally", "Item": { "pk": { "S": "two" } } })).unwrap();
    database.handle().put_item(put).unwrap();
    assert!(highest(&database) > before, "a number was issued twice");
}
