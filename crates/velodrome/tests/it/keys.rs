//! Keys changed while the server runs.

use serde_json::Value;

use crate::app::{TestApp, printed};

#[test]
fn secrets_open_before_during_and_after_a_rotation() {
    let mut app = TestApp::start();
    app.sign_in().expect(200);

    let rotation = std::thread::scope(|scope| {
        let rotating = scope.spawn(|| printed(&app.command(&["keys", "rotate", "--json"])));
        while !rotating.is_finished() {
            app.sign_in().expect(200);
        }
        rotating.join().unwrap()
    });

    let rotation: Value = serde_json::from_str(&rotation).unwrap();
    assert_eq!(rotation["dataKey"], 2);
    assert_eq!(rotation["resealed"], 1, "the client's secret");
    app.sign_in().expect(200);
    app.server.terminate().unwrap();
    app.server.start_again().unwrap();
    app.sign_in().expect(200);
}

#[test]
fn a_new_master_key_takes_over_from_the_old_one() {
    let mut app = TestApp::start();
    let file = app.server.data_dir().join("master.key");
    let old = std::fs::read_to_string(&file).unwrap();
    let new = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    app.server.terminate().unwrap();

    std::fs::write(&file, format!("{new},{}", old.trim())).unwrap();
    app.server.start_again().unwrap();
    app.sign_in().expect(200);
    app.server.terminate().unwrap();
    std::fs::write(&file, new).unwrap();
    app.server.start_again().unwrap();

    app.sign_in().expect(200);
}
