//! `spin-auth users` and `clients`, `import` and `export`: from one server to another.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{
    cli::{binary, spin_auth, told},
    support::{
        App, Authenticator, Browser, Person, Server, Tokens, Value, json,
        server::{PUBLISHED_KEYS, State},
        signed_in, unique,
    },
};

/// A file that goes with its test.
struct File(PathBuf);

impl File {
    fn of(contents: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("spin-auth-{}.jsonl", unique()));
        fs::write(&path, contents).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A server with nobody in it, for as long as there is this state.
fn empty(state: &State) -> Option<Server> {
    Server::start(&[("signing_keys", PUBLISHED_KEYS), ("login_throttle", "off")], state)
}

/// So many users, a line for each.
fn crowd(count: usize) -> String {
    let mark = unique();
    let line = |n| {
        let user = json!({"email": format!("{n}.{mark}@example.org"), "given_name": "N", "family_name": format!("No. {n}"),
            "password_hash": "$2b$05$abcdefghijklmnopqrstuuZPlR/GBjbS59/jYjpAoznyNSxdiMtFy", "email_verified": true});
        format!("{user}\n")
    };
    (0..count).map(line).collect()
}

#[tokio::test]
async fn who_is_exported_and_imported_elsewhere_signs_in_there_as_before() {
    let states = (State::new(), State::new());
    let (Some(old), Some(new)) = (empty(&states.0), empty(&states.1)) else { return };
    let mut user = signed_in(&old).await;
    let sub = old.get_as("/userinfo", &user.tokens.access).await.expect(200).json()["sub"].clone();
    let _: (Authenticator, Vec<String>) = user.browser.add_totp().await;
    let suspended = Browser::new(&old).sign_up().await;
    old.set_access_level(&suspended.email, "suspended").await;
    let machine = App::machine(&old).await;
    let public = App::public(&old).await;

    let users = File::of(told(&old, &["users", "export", "--with-hashes"]));
    let clients = File::of(told(&old, &["clients", "export", "--with-hashes"]));
    assert_eq!(told(&new, &["users", "import", users.path()]), "2 created, 0 there already, 0 refused\n");
    assert_eq!(told(&new, &["clients", "import", clients.path()]), "3 created, 0 there already, 0 refused\n");

    // The password is the same, the application has its secret, and the user the same name for it. The second factor is
    // not there: it was not exported.
    let app = App { server: &new, ..user.app };
    let mut browser = Browser::new(&new);
    browser.sign_in(&user.person).await;
    let tokens = app.redeem(&browser.authorize(&app, &[]).await).await;
    assert_eq!(new.get_as("/userinfo", &tokens.access).await.expect(200).json()["sub"], sub);
    let machine = App { server: &new, ..machine };
    Tokens::of(&machine.token(&[("grant_type", "client_credentials")]).await);
    let public = App { server: &new, ..public };
    public.redeem(&browser.authorize(&public, &[]).await).await;
    assert_eq!(Browser::new(&new).try_sign_in(&suspended.email, &suspended.password).await.status, 401);

    // What comes out there is what went in, and bringing it again changes nothing.
    for (what, file) in [("users", &users), ("clients", &clients)] {
        let without_login = |text: &str| -> Vec<Value> {
            let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            lines
                .map(|mut line| {
                    line["last_login_at"] = Value::Null;
                    line
                })
                .collect()
        };
        let exported = told(&new, &[what, "export", "--with-hashes"]);
        assert_eq!(without_login(&exported), without_login(&fs::read_to_string(&file.0).unwrap()));
        assert!(told(&new, &[what, "import", file.path()]).starts_with("0 created, "));
        assert_eq!(told(&new, &[what, "export", "--with-hashes"]), exported);
    }
}

#[tokio::test]
async fn without_being_asked_to_nothing_exports_a_hash() {
    let server = Server::shared();
    Browser::new(server).sign_up().await;
    App::confidential(server).await;
    for what in ["users", "clients"] {
        let exported = told(server, &[what, "export"]);
        assert!(!exported.is_empty() && !exported.contains("$2b$") && !exported.contains("sha256"));
    }
}

#[tokio::test]
async fn an_import_that_broke_off_is_finished_by_bringing_the_file_again() {
    let state = State::new();
    let Some(server) = empty(&state) else { return };
    let lines = crowd(1200);
    let half: String = lines.split_inclusive('\n').take(700).collect();
    // The line at which it broke off is cut.
    let cut = File::of(&half[..half.len() - 20]);
    let output = spin_auth(&server, &["users", "import", cut.path()]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "line 700: The line is not a JSON object.\n699 created, 0 there already, 1 refused\n");
    let whole = File::of(&lines);
    let again = told(&server, &["users", "import", whole.path()]);
    assert_eq!(again, "501 created, 699 there already, 0 refused\n");
    let exported = told(&server, &["users", "export"]);
    assert_eq!(exported.lines().count(), 1200);
    assert_eq!(told(&server, &["users", "import", whole.path()]), "0 created, 1200 there already, 0 refused\n");
    assert_eq!(told(&server, &["users", "export"]), exported);
}

#[tokio::test]
async fn parallel_imports_of_one_file_make_each_user_once() {
    let server = Server::shared();
    let file = File::of(crowd(600));
    let runs: Vec<_> = (0..3)
        .map(|_| {
            let mut command = Command::new(binary());
            command.args(["users", "import", file.path()]).stdout(Stdio::piped());
            command.env("SPIN_AUTH_SERVER", &server.base).env("SPIN_AUTH_ADMIN_TOKEN", &server.admin_token);
            command.spawn().unwrap()
        })
        .collect();
    let created = runs.into_iter().map(|run| {
        let said = String::from_utf8(run.wait_with_output().unwrap().stdout).unwrap();
        assert!(said.ends_with(" 0 refused\n"), "{said}");
        said.split(' ').next().unwrap().parse::<u32>().unwrap()
    });
    assert_eq!(created.sum::<u32>(), 600);
}

#[tokio::test]
async fn a_hostile_file_loses_nothing_but_its_hostile_lines() {
    let server = Server::shared();
    let person = Person { password: "Trombone-Erdbeere-4".to_owned(), ..Person::new() };
    let mut lines = crowd(2).into_bytes();
    lines.extend_from_slice(format!("{{\"email\":\"{}\"}}\n", "x".repeat(300_000)).as_bytes());
    lines.extend_from_slice(b"\n\xff\xff\xff\n{\"email\":7}\r\n");
    let last = crowd(1).replace("0.", "");
    let mut last: Value = serde_json::from_str(&last).unwrap();
    last["email"] = person.email.clone().into();
    lines.extend_from_slice(last.to_string().as_bytes());
    let file = File::of(lines);
    let output = spin_auth(server, &["users", "import", file.path(), "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    let told: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut outcomes: Vec<_> =
        told.iter().map(|line| (line["line"].as_u64().unwrap(), line["outcome"].clone())).collect();
    outcomes.sort_by_key(|(line, _)| *line);
    let expected = [(1, "created"), (2, "created"), (3, "refused"), (5, "refused"), (6, "refused"), (7, "created")];
    assert_eq!(outcomes, expected.map(|(line, outcome)| (line, json!(outcome))));
    Browser::new(server).sign_in(&person).await;
    let output = spin_auth(server, &["users", "import", "/nowhere/users.jsonl"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot read /nowhere/users.jsonl"));
}
