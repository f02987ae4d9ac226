//! Slots of schedules: each once, missed ones together, none on top of another.

use chrono::TimeDelta;
use velodrome_model::{
    InstanceScope,
    cycle::{CycleSchedule, CycleStatus, IncidentLevel},
};

use super::desk::{Desk, Drawing};

async fn every_15_minutes(desk: &Desk, steps: usize) -> Drawing {
    let mut drawing = Drawing::line(steps);
    drawing.schedule = CycleSchedule {
        interval: Some(15.try_into().unwrap()),
        start: Some(desk.now()),
        next: Some(desk.now()),
        runs_once: false,
    };
    desk.cycle(&drawing).await;
    drawing
}

#[tokio::test]
async fn two_nodes_fire_each_slot_once() {
    let desk = Desk::new().await;
    every_15_minutes(&desk, 1).await;
    let other = desk.node();
    for expected in 1..=4 {
        let (mine, theirs) = tokio::join!(desk.runs.fire_due(), other.fire_due());
        mine.unwrap();
        theirs.unwrap();
        assert_eq!(desk.all().await.len(), expected);
        desk.settle().await;
        desk.pass(TimeDelta::minutes(15) + TimeDelta::seconds(30));
    }
    // Who comes second does not even find the first one's run in its way.
    assert_eq!(desk.incidents().await, []);
}

#[tokio::test]
async fn missed_slots_collapse_into_one_run() {
    let desk = Desk::new().await;
    let drawing = every_15_minutes(&desk, 1).await;
    desk.pass(TimeDelta::hours(9));

    desk.runs.fire_due().await.unwrap();
    desk.settle().await;
    desk.runs.fire_due().await.unwrap();

    assert_eq!(desk.all().await.len(), 1);
    let unit = desk.store.read(&desk.scope).await.unwrap();
    let cycle = unit.cycles().get(drawing.id).await.unwrap().unwrap();
    let next = cycle.schedule.next.unwrap() - desk.now();
    assert!(
        next > TimeDelta::zero() && next <= TimeDelta::seconds(930),
        "{next}"
    );
    assert_eq!(cycle.last_successful_run, Some(desk.now()));
}

#[tokio::test]
async fn a_slot_that_finds_the_trigger_before_unfinished_is_skipped_with_a_warning() {
    let desk = Desk::new().await;
    every_15_minutes(&desk, 1).await;
    desk.runs.fire_due().await.unwrap();
    desk.pass(TimeDelta::minutes(16));

    desk.runs.fire_due().await.unwrap();

    assert_eq!(desk.all().await.len(), 1);
    let told = (IncidentLevel::Warning, "Trigger Skipped".to_owned());
    assert_eq!(desk.incidents().await, [told]);
}

#[tokio::test]
async fn a_cycle_that_runs_once_is_paused_when_its_run_has_ended() {
    let desk = Desk::new().await;
    let mut drawing = Drawing::line(2);
    drawing.schedule = CycleSchedule {
        interval: None,
        start: Some(desk.now()),
        next: Some(desk.now()),
        runs_once: true,
    };
    let cycle = desk.cycle(&drawing).await;

    desk.runs.fire_due().await.unwrap();
    desk.runs.settle().await.unwrap();
    assert_eq!(desk.status(cycle).await, CycleStatus::Stopping);
    desk.settle().await;
    desk.runs.settle().await.unwrap();
    desk.runs.fire_due().await.unwrap();

    assert_eq!(desk.status(cycle).await, CycleStatus::Paused);
    assert_eq!(desk.all().await.len(), 1);
    assert_eq!(desk.steps.log.lock().len(), 2);
}

#[tokio::test]
async fn a_paused_cycle_and_one_of_a_suspended_account_do_not_run() {
    let desk = Desk::new().await;
    let drawing = every_15_minutes(&desk, 1).await;
    let unit = desk.store.begin(&InstanceScope).await.unwrap();
    let unit = unit.into_partner(desk.scope.partner);
    let mut account = unit
        .accounts()
        .get(desk.scope.account)
        .await
        .unwrap()
        .unwrap();
    account.is_suspended = true;
    unit.accounts().save(&account).await.unwrap();
    unit.commit().await.unwrap();
    desk.runs.fire_due().await.unwrap();
    assert!(desk.all().await.is_empty());

    account.is_suspended = false;
    let unit = desk.store.begin(&InstanceScope).await.unwrap();
    let unit = unit.into_partner(desk.scope.partner);
    unit.accounts().save(&account).await.unwrap();
    let unit = unit.into_account(desk.scope.account);
    let mut cycle = unit.cycles().get(drawing.id).await.unwrap().unwrap();
    cycle.status = CycleStatus::Paused;
    unit.cycles().save(&cycle).await.unwrap();
    unit.commit().await.unwrap();
    desk.runs.fire_due().await.unwrap();

    assert!(desk.all().await.is_empty());
}
