//! `/admin/…`: the dashboard of administrators.

use crate::support::{Answer, Ask, Browser, Method, Person, Server, Value, json, unique};

/// A browser in which a new administrator is signed in.
async fn administrator(server: &Server) -> (Browser<'_>, Person) {
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    server.set_access_level(&person.email, "admin").await;
    (browser, person)
}

/// The user of this address, as the JSON API has them.
async fn known(server: &Server, email: &str) -> Value {
    server.administer(Method::GET, &format!("/admin/api/users/{email}"), json!({})).await.expect(200).json()
}

async fn page_of(server: &Server, email: &str) -> String {
    format!("/admin/users/{}", known(server, email).await["sub"].as_str().unwrap())
}

/// Sends the form of the page of a user with this action.
async fn act(browser: &mut Browser<'_>, path: &str, action: &str, more: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await.expect(200);
    let answer = browser.submit(&page, path, &[&[("action", action)], more].concat()).await;
    browser.follow(answer).await
}

const PAGES: [&str; 11] = [
    "/admin/",
    "/admin/users",
    "/admin/users/new",
    "/admin/applications",
    "/admin/applications/new",
    "/admin/sessions",
    "/admin/grants",
    "/admin/keys",
    "/admin/audit",
    "/admin/settings",
    "/admin/purge",
];

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_and_comes_to_the_page_that_was_asked_for() {
    let server = Server::shared();
    let (_, person) = administrator(server).await;
    for path in PAGES {
        let mut browser = Browser::new(server);
        assert_eq!(browser.get(path).await.expect(302).location().path().rsplit('/').next(), Some("login"));
    }
    let mut browser = Browser::new(server);
    let login = browser.visit("/admin/users?q=jane&sort=name").await.expect(200);
    let users = browser.log_in_at(&login, &person).await.expect(200);
    assert!(users.url.as_str().ends_with("/admin/users?q=jane&sort=name"), "{}", users.url);
    assert!(users.html().contains("<h1>Users</h1>"));
}

#[tokio::test]
async fn an_ordinary_user_is_told_how_to_get_out_and_nothing_else() {
    let server = Server::shared();
    let mut browser = Browser::new(server);
    let person = browser.sign_up().await;
    for path in PAGES {
        let page = browser.get(path).await;
        page.expect_error_page(403);
        assert!(page.body.contains("This is for administrators") && page.body.contains("Sign in with another account"));
        browser.post(path, &[("action", "purge")]).await.expect(403);
    }
    server.set_access_level(&person.email, "admin").await;
    browser.get("/admin/").await.expect(200);
    server.set_access_level(&person.email, "user").await;
    browser.get("/admin/").await.expect(403);
}

#[tokio::test]
async fn no_page_can_be_framed_has_a_script_or_is_kept() {
    let server = Server::shared();
    let (mut browser, person) = administrator(server).await;
    let user = page_of(server, &person.email).await;
    for path in PAGES.into_iter().chain([user.as_str()]) {
        let page = browser.get(path).await.expect(200);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("script-src") && !policy.contains("unsafe-inline"), "{policy}");
        assert!(!page.html().to_lowercase().contains("<script") && !page.body.contains(" style="));
        assert_eq!((page.header("x-frame-options"), page.header("cache-control")), ("DENY", "no-store"), "{path}");
        assert_eq!(page.header("content-language"), "en");
    }
    browser.get("/admin/nothing").await.expect(404);
}

#[tokio::test]
async fn a_form_of_another_page_session_or_site_changes_nothing() {
    let server = Server::shared();
    let (mut browser, _) = administrator(server).await;
    let victim = Browser::new(server).sign_up().await;
    let path = page_of(server, &victim.email).await;
    let token = |browser: &Browser<'_>, page: &Answer, path: &str| browser.form(page, path).value("csrf").to_owned();
    let page = browser.get("/admin/users/new").await.expect(200);
    let of_another_page = token(&browser, &page, "/admin/users/new");
    let (mut other, _) = administrator(server).await;
    let page = other.get(&path).await.expect(200);
    let of_another_session = token(&other, &page, &path);
    for csrf in ["", "x", &of_another_page, &of_another_session] {
        let page = browser.post(&path, &[("csrf", csrf), ("action", "suspend")]).await;
        page.expect_error_page(403);
    }
    let page = browser.get(&path).await.expect(200);
    let csrf = token(&browser, &page, &path);
    let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = server.request(Method::POST, &path).header("cookie", cookies.join("; ")).header(name, value);
        let request = request.form(&[("csrf", csrf.as_str()), ("action", "suspend")]);
        request.ask().await.expect_error_page(403);
    }
    assert_eq!(known(server, &victim.email).await["access_level"], "user");
}

#[tokio::test]
async fn a_name_that_is_markup_stays_a_name() {
    let server = Server::shared();
    let (mut browser, _) = administrator(server).await;
    let hostile = Person {
        given_name: "<img src=x onerror=alert(1)>".to_owned(),
        family_name: "\"'><script>alert(2)</script>".to_owned(),
        ..Person::new()
    };
    Browser::new(server).sign_up_as(&hostile).await;
    let user = page_of(server, &hostile.email).await;
    for path in [user, format!("/admin/users?q={}", hostile.email), "/admin/sessions".to_owned()] {
        let page = browser.get(&path).await.expect(200);
        assert!(!page.body.contains("<img") && !page.body.contains("<script"), "{}", page.body);
    }
    let search = "/admin/users?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    assert!(!browser.get(search).await.expect(200).body.contains("<script"));
}

#[tokio::test]
async fn a_user_is_made_with_a_password_that_must_be_changed() {
    let server = Server::shared();
    let (mut browser, admin) = administrator(server).await;
    let email = format!("made.{}@example.org", unique());
    let fields = [("given_name", "Mary"), ("family_name", "Jackson"), ("email", &email), ("access_level", "user")];
    let form = browser.get("/admin/users/new").await.expect(200);
    let made = browser.submit(&form, "/admin/users/new", &fields).await.expect(200);
    let password = made.body.split("id=\"password\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let answer = Browser::new(server).try_sign_in(&email, &password).await.expect(200);
    assert!(answer.body.contains("new_password"), "another password is asked for");
    // The same address again: what was typed is kept, and the page says why.
    let form = browser.get("/admin/users/new").await.expect(200);
    let refused = browser.submit(&form, "/admin/users/new", &fields).await.expect(400);
    assert!(refused.body.contains("There is a user of this email address") && refused.body.contains("Jackson"));
    let user = known(server, &email).await;
    let audit = format!("/admin/api/audit?subject={}", user["user_id"].as_str().unwrap());
    let line = server.administer(Method::GET, &audit, json!({})).await.json()["items"][0].clone();
    assert_eq!((&line["action"], &line["address"]), (&json!("user.create"), &json!("127.0.0.1")));
    assert_eq!(line["actor"], known(server, &admin.email).await["user_id"]);
    assert!(!browser.get(&page_of(server, &email).await).await.body.contains(&password), "it was shown once");
}

#[tokio::test]
async fn a_user_is_changed_suspended_reinstated_reset_and_deleted() {
    let user = crate::support::signed_in(Server::shared()).await;
    let (server, email) = (user.app.server, user.person.email.as_str());
    let (mut browser, _) = administrator(server).await;
    let path = page_of(server, email).await;
    let fields = [("given_name", "Augusta"), ("family_name", "King"), ("email", email), ("access_level", "user")];
    let page = act(&mut browser, &path, "change", &fields).await.expect(200);
    assert!(page.body.contains("The changes are saved.") && page.body.contains("Augusta King"));
    let page = act(&mut browser, &path, "change", &[("given_name", ""), ("email", email)]).await.expect(400);
    assert!(page.body.contains("role=\"alert\""));
    act(&mut browser, &path, "suspend", &[]).await.expect(200);
    assert!(!server.accepts(&user.tokens.access).await);
    let mut theirs = user.browser;
    assert!(!theirs.get("/").await.html().contains("Augusta"));
    act(&mut browser, &path, "reinstate", &[]).await.expect(200);
    theirs.sign_in(&user.person).await;
    let page = act(&mut browser, &path, "reset_password", &[]).await.expect(200);
    assert!(page.body.contains("id=\"password\"") && !theirs.get("/").await.html().contains("Augusta"));
    let page = act(&mut browser, &path, "delete", &[]).await.expect(200);
    assert!(page.body.contains("tick the box first"), "it takes a confirmation");
    act(&mut browser, &path, "delete", &[("confirm", "yes")]).await.expect(200);
    browser.get(&path).await.expect(404);
    assert_eq!(theirs.try_sign_in(email, &user.person.password).await.status, 401);
}

#[tokio::test]
async fn sessions_grants_and_factors_of_a_user_are_shown_and_ended() {
    let mut user = crate::support::signed_in(Server::shared()).await;
    let server = user.app.server;
    user.browser.add_totp().await;
    let (mut browser, _) = administrator(server).await;
    let path = page_of(server, &user.person.email).await;
    let page = browser.get(&path).await.expect(200);
    let ids: Vec<String> = crate::support::html::forms(&page.body)
        .into_iter()
        .filter_map(|form| form.hidden.into_iter().find(|(name, _)| name == "id").map(|(_, id)| id))
        .collect();
    let [session, grant] = ids.as_slice() else { panic!("{ids:?}") };
    assert!(page.body.contains("Remove second factors"));
    let page = act(&mut browser, &path, "remove_factors", &[]).await.expect(200);
    assert!(!page.body.contains("Remove second factors"));
    let page = act(&mut browser, &path, "revoke_grant", &[("id", grant)]).await.expect(200);
    assert!(page.body.contains("its tokens are worth nothing"));
    assert!(!server.accepts(&user.tokens.access).await);
    act(&mut browser, &path, "end_session", &[("id", session)]).await.expect(200);
    assert!(!user.browser.get("/").await.html().contains("Jane"));
    let page = act(&mut browser, &path, "end_session", &[("id", session)]).await.expect(200);
    assert!(page.body.contains("nothing to end"));
    Browser::new(server).sign_in(&user.person).await;
    act(&mut browser, &path, "end_sessions", &[]).await.expect(200);
    assert!(browser.get(&path).await.body.contains("<h2>Sessions</h2>\n<p class=\"soft\">None.</p>"));
}

#[tokio::test]
async fn users_are_searched_filtered_and_paged_to_and_fro() {
    let server = Server::shared();
    let (mut browser, _) = administrator(server).await;
    let family = format!("Z{}", unique());
    for number in 0..5 {
        let email = format!("{number}.{family}@example.org");
        let body = json!({"email": email, "given_name": format!("N{number}"), "family_name": family});
        server.administer(Method::POST, "/admin/api/users", body).await.expect(201);
    }
    let link = |page: &Answer, rel: &str| {
        let at =
            page.body.split(&format!("\" rel=\"{rel}\"")).next().filter(|before| before.len() < page.body.len())?;
        let query = at.rsplit("href=\"").next()?;
        Some(format!("/admin/users{}", crate::support::html::unescape(query)))
    };
    let names = |page: &Answer| (0..5).filter(|n| page.body.contains(&format!("N{n} {family}"))).collect::<Vec<_>>();
    let mut page = browser.get(&format!("/admin/users?q={family}&limit=2")).await.expect(200);
    let mut seen = vec![names(&page)];
    while let Some(next) = link(&page, "next") {
        page = browser.get(&next).await.expect(200);
        seen.push(names(&page));
    }
    assert_eq!(seen, [vec![0, 1], vec![2, 3], vec![4]]);
    for expected in [vec![2, 3], vec![0, 1]] {
        page = browser.get(&link(&page, "prev").unwrap()).await.expect(200);
        assert_eq!(names(&page), expected);
    }
    assert!(link(&page, "prev").is_none());
    let nobody = browser.get(&format!("/admin/users?q={family}&access_level=admin")).await.expect(200);
    assert!(nobody.body.contains("Nobody."));
    browser.get("/admin/users?sort=password_hash").await.expect_error_page(400);
}

#[tokio::test]
async fn the_audit_log_is_filtered_by_whom_what_and_when() {
    let server = Server::shared();
    let (mut browser, person) = administrator(server).await;
    let user_id = known(server, &person.email).await["user_id"].as_str().unwrap().to_owned();
    let all = browser.get(&format!("/admin/audit?subject={user_id}")).await.expect(200);
    assert!(all.body.contains("user.create") && all.body.contains("user.change"));
    let one = browser.get(&format!("/admin/audit?subject={user_id}&action=user.create&since=2020-01-01")).await;
    assert!(one.body.contains("<code>user.create</code>") && !one.body.contains("<code>user.change</code>"));
    for none in ["until=2020-01-01", "since=2999-01-01"] {
        let page = browser.get(&format!("/admin/audit?subject={user_id}&{none}")).await.expect(200);
        assert!(page.body.contains("Nothing."), "{none}");
    }
    browser.get("/admin/audit?since=yesterday").await.expect_error_page(400);
    let api = async |query: &str| {
        let path = format!("/admin/api/audit?subject={user_id}&{query}");
        server.administer(Method::GET, &path, json!({})).await.expect(200).json()["items"].as_array().unwrap().len()
    };
    assert_eq!((api("until=1000").await, api("since=1000").await), (0, 2));
}

#[tokio::test]
async fn settings_tell_of_no_secret_and_purge_tells_what_it_removed() {
    let server = Server::shared();
    let (mut browser, _) = administrator(server).await;
    let page = browser.get("/admin/settings").await.expect(200);
    assert!(page.body.contains("<code>admin_token</code>") && !page.body.contains(&server.admin_token));
    let page = act(&mut browser, "/admin/purge", "purge", &[]).await.expect(200);
    assert!(page.body.contains("Rows removed") && page.body.contains("<code>audit_log</code>"));
    let overview = browser.get("/admin/").await.expect(200);
    assert!(overview.body.contains("Live sessions") && overview.body.contains("<code>purge</code>"));
}

/// The text of the element with this identifier.
fn shown(page: &Answer, id: &str) -> String {
    page.body.split(&format!("id=\"{id}\">")).nth(1).unwrap().split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_application_is_made_used_changed_given_another_secret_and_deleted() {
    let server = Server::shared();
    let (mut browser, _) = administrator(server).await;
    let form = browser.get("/admin/applications/new").await.expect(200);
    let name = format!("App <b>{}</b>", unique());
    let fields = [
        ("client_name", name.as_str()),
        ("scope", "api:read"),
        ("grant_type client_credentials", "yes"),
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("further", r#"{"software_id":"wiki"}"#),
    ];
    let broken = [&fields[..4], &[("further", "{")]].concat();
    let refused = browser.submit(&form, "/admin/applications/new", &broken).await.expect(400);
    assert!(refused.body.contains("no JSON object") && !refused.body.contains("<b>"), "{}", refused.body);
    let made = browser.submit(&form, "/admin/applications/new", &fields).await.expect(200);
    let (id, secret) = (shown(&made, "client_id"), shown(&made, "client_secret"));
    let token = async |secret: &str| {
        let request = server.request(Method::POST, "/token").basic_auth(&id, Some(secret));
        request.form(&[("grant_type", "client_credentials")]).ask().await.status
    };
    assert_eq!(token(&secret).await, 200);
    let path = format!("/admin/applications/one?client_id={id}");
    let page = browser.get(&path).await.expect(200);
    assert!(!page.body.contains(&secret) && page.body.contains("software_id") && !page.body.contains("<b>"));
    let endpoint = "/admin/applications/one";
    let send = async |browser: &mut Browser<'_>, fields: &[(&str, &str)]| {
        let page = browser.get(&path).await.expect(200);
        let form = browser.form(&page, endpoint);
        let all = [&[("csrf", form.value("csrf"))], fields].concat();
        let answer = browser.post(&path, &all).await;
        browser.follow(answer).await
    };
    let rotated = send(&mut browser, &[("action", "rotate_secret")]).await.expect(200);
    assert_eq!((token(&secret).await, token(&shown(&rotated, "client_secret")).await), (401, 200));
    let change = [&[("action", "save"), ("launchpad", "yes")], &fields[..]].concat();
    let saved = send(&mut browser, &change).await.expect(200);
    assert!(saved.body.contains("The changes are saved."));
    let read = server.administer(Method::GET, &format!("/admin/api/clients/{id}"), json!({})).await.expect(200).json();
    assert_eq!((&read["launchpad"], &read["software_id"]), (&json!(true), &json!("wiki")));
    let list = browser.get(&format!("/admin/applications?q={id}")).await.expect(200);
    assert!(list.body.contains("everybody") && list.body.contains(&id));
    assert!(send(&mut browser, &[("action", "delete")]).await.expect(200).body.contains("tick the box first"));
    send(&mut browser, &[("action", "delete"), ("confirm", "yes")]).await.expect(200);
    browser.get(&path).await.expect(404);
    assert_eq!(token(&shown(&rotated, "client_secret")).await, 401);
}

#[tokio::test]
async fn keys_are_rotated_and_the_new_ones_are_published() {
    let state = crate::support::server::State::new();
    let Some(server) = Server::start(&[("login_throttle", "off")], &state) else { return };
    let (mut browser, _) = administrator(&server).await;
    let published = async || server.get("/jwks").await.expect(200).json()["keys"].as_array().unwrap().len();
    let before = published().await;
    let page = act(&mut browser, "/admin/keys", "rotate", &[]).await.expect(200);
    assert!(page.body.contains("New keys are published.") && page.body.contains(">next<"));
    // An instance may serve the set that it had for the rest of the second.
    crate::support::pass(1).await;
    assert_eq!(published().await, before * 2);
    let again = act(&mut browser, "/admin/keys", "rotate", &[]).await.expect(400);
    assert!(again.body.contains("The last rotation is not over yet"));
}

#[tokio::test]
async fn a_session_that_is_weaker_than_the_factors_of_its_administrator_only_looks() {
    let server = Server::shared();
    let (mut weak, person) = administrator(server).await;
    let page = weak.get("/admin/purge").await.expect(200);
    let mut strong = Browser::new(server);
    strong.sign_in(&person).await;
    strong.add_totp().await;
    weak.submit(&page, "/admin/purge", &[]).await.expect_error_page(403);
    let page = weak.get("/admin/purge").await.expect(200);
    assert!(page.body.contains("You can look.") && page.body.contains("sign in again"));
    act(&mut strong, "/admin/purge", "purge", &[]).await.expect(200);
    // The same by the JSON API.
    for (browser, status) in [(&weak, 401), (&strong, 200)] {
        let cookie = format!("{}={}", server.cookie_name("session"), browser.session().unwrap());
        let request = server.request(Method::POST, "/admin/api/purge").header("cookie", cookie);
        request.header("origin", &server.issuer).json(&json!({})).ask().await.expect(status);
    }
}

#[tokio::test]
async fn the_last_administrator_cannot_lock_everybody_out_here_either() {
    let state = crate::support::server::State::new();
    let Some(server) = Server::start(&[("login_throttle", "off")], &state) else { return };
    let (mut browser, person) = administrator(&server).await;
    let path = page_of(&server, &person.email).await;
    for (action, more) in [("suspend", &[][..]), ("delete", &[("confirm", "yes")])] {
        let page = act(&mut browser, &path, action, more).await.expect(400);
        assert!(page.body.contains("This is the last administrator"), "{action}");
    }
    browser.get("/admin/").await.expect(200);
}
