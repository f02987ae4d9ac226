//! A disk that is full: what can't be kept is refused, what was answered is kept, reading goes on.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};

use serde_json::json;
use tempfile::TempDir;

use crate::app::{Answer, TestApp, binary, is_postgres};

/// More accounts than the space that the database has already taken for itself can hold.
const MOST: usize = 3_000;

/// A small file system of its own, for as long as it lives.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// None where this process may not mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=32m", "none"])
            .arg(folder.path());
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        is_mounted.then_some(Self { folder })
    }

    fn ballast(&self) -> std::path::PathBuf {
        self.folder.path().join("ballast")
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        let mut file = File::create(self.ballast()).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            let piece = vec![0; size];
            while file.write_all(&piece).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A mount that stays behind is lost memory on a test machine; a panic here would hide another.
        drop(
            Command::new("umount")
                .arg("--lazy")
                .arg(self.folder.path())
                .output(),
        );
    }
}

fn make(app: &TestApp, id: &str) -> Answer {
    app.post("/v1.0/accounts", &json!({ "Id": id, "Name": id }))
}

fn is_there(app: &TestApp, id: &str) -> bool {
    app.get(&format!("/v1.0/accounts/{id}")).status == 200
}

/// Fills the disk, looks at what still works, makes room, and looks at what is there after a power cut.
fn survives(mut app: TestApp, fill: impl FnOnce(&TestApp), make_room: impl FnOnce(&TestApp)) {
    make(&app, "before").expect(200);

    fill(&app);
    let mut answered = vec!["before".to_owned()];
    let refused = (0..MOST).find_map(|number| {
        let id = format!("account-{number}");
        let answer = make(&app, &id);
        if answer.status == 200 {
            answered.push(id);
            return None;
        }
        Some((id, answer))
    });
    let (refused_id, refused) = refused.expect("the disk is full at some time");
    let again = make(&app, "again");

    for answer in [&refused, &again] {
        assert_eq!(answer.status, 503, "{answer:?}");
        let said = answer.json()["Message"].as_str().unwrap().to_owned();
        assert!(said.contains("storage is full"), "{said}");
    }
    app.get("/healthz").expect(200);
    app.get("/v1.0/accounts?pageSize=1").expect(200);
    assert!(is_there(&app, "before"));

    make_room(&app);
    make(&app, "after").expect(200);
    answered.push("after".to_owned());
    app.server.kill().unwrap();
    app.server.start_again().unwrap();

    for id in &answered {
        assert!(is_there(&app, id), "{id} was answered and is gone");
    }
    assert!(!is_there(&app, &refused_id));
    assert!(!is_there(&app, "again"));
}

fn on_sqlite(folder: &Path) -> String {
    format!(
        "sqlite://{}?mode=rwc",
        folder.join("velodrome.db").display()
    )
}

#[test]
fn a_full_disk_refuses_changes_keeps_reading_and_loses_nothing() {
    if is_postgres() {
        return;
    }
    let Some(disk) = SmallDisk::mount() else {
        // The next test is the same without a mount.
        return;
    };
    let database = on_sqlite(disk.folder.path());
    let app = TestApp::with(|builder| builder.database(&database)).signed_in();

    survives(app, |_| disk.fill(), |_| disk.make_room());
}

/// The system refuses every write to a file, which needs no rights at all.
#[test]
fn files_that_may_not_grow_refuse_changes_keep_reading_and_lose_nothing() {
    if is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ignoring_the_signal = folder.path().join("velodrome");
    let script = format!(
        "#!/bin/sh\ntrap '' XFSZ\nexec '{}' \"$@\"\n",
        binary().display()
    );
    fs::write(&ignoring_the_signal, script).unwrap();
    fs::set_permissions(&ignoring_the_signal, fs::Permissions::from_mode(0o755)).unwrap();
    let database = on_sqlite(folder.path());
    let app = TestApp::with(|builder| builder.binary(ignoring_the_signal).database(&database))
        .signed_in();

    survives(
        app,
        |app| app.server.limit_files(Some(0)).unwrap(),
        |app| app.server.limit_files(None).unwrap(),
    );
}
