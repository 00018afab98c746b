"""A log-in that a host app hands over: which tokens count, once, and for which member."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from core.faults import FaultError
from tests.yihui.http.conftest import Clock
from tests.yihui.http.me.host_app import HostApp, write_apps
from tests.yihui.http.me.joined import enter, log_in, wiring
from tests.yihui.http.me.members import MemberPhone, PhoneMaker, key_of
from tests.yihui.http.serving import until
from tests.yihui.services.joining_people import last_code
from tests.yihui.services.logging_in import begin_member_session
from yihui.access.session_rows import bind_token, digest_token
from yihui.access.tables import audit_entries, member_app_links, member_handovers, member_sessions
from yihui.bootstrap import Settings, Wiring
from yihui.runtime.member_apps import load_member_apps
from yihui.services.access.member_handover import link_app
from yihui.services.access.secret_marks import secret_marker
from yihui.services.members.erasure import erase_member_data

__all__ = ["wiring"]


@pytest.fixture
def app(wiring: Wiring) -> HostApp:
    """An app that the union's operator has written into the settings, and a second one beside it."""
    first, second = HostApp("qilu", wiring.data_folder), HostApp("company", wiring.data_folder, "快送")
    first.add_key()
    second.add_key()
    settings = replace(wiring.settings, member_apps=write_apps(wiring.data_folder, first, second))
    wiring.settings = settings
    return first


def company(wiring: Wiring, app: HostApp) -> HostApp:
    """The second app, with the keys that its file publishes."""
    other = HostApp("company", wiring.data_folder, "快送")
    other.add_key()
    return other


def hand_over(phone: MemberPhone, token: str) -> tuple[int, str]:
    """What the app's backend gets: the path for its web view, or the words of the refusal."""
    answer = phone.client.post("/me/handover", json={"token": token})
    told = answer.json()
    return answer.status_code, told["path"] if answer.status_code == 201 else json.dumps(told)


def come_from(app: HostApp, phone: MemberPhone, subject: str = "openid-1") -> str:
    """Open the page as the app's web view does, and go on; return where it leads to."""
    status, path = hand_over(phone, app.sign(phone.wiring, subject))
    assert status == 201
    phone.get(path)
    return phone.send(path)


def member_of(wiring: Wiring) -> set[str]:
    with wiring.database.read() as connection:
        return set(connection.execute(select(member_sessions.c.member_id)).scalars())


def test_the_first_time_the_phone_is_proved_and_then_the_app_lets_in(
    phones: PhoneMaker, wiring: Wiring, app: HostApp, clock: Clock
) -> None:
    phone = phones()
    assert come_from(app, phone) == "/me/login"
    phone.send("/me/login", phone="13800000001")
    assert "齐鲁工惠" in phone.get("/me/login/code")
    assert 'name="link" value="yes" checked' in enter(phone, "000000", link="yes")[1], "the tick is kept"
    assert enter(phone, last_code(wiring, "13800000001"), link="yes")[0] == 303
    later = phones()
    assert come_from(app, later) == "/me"
    page = later.get("/me/account")
    assert "齐鲁工惠" in page
    assert len(member_of(wiring)) == 1
    assert later.client.get("/me/login?next=/me").text.count("138****0001") == 1  # bank details need a code


def test_a_person_of_two_apps_is_one_member(
    phones: PhoneMaker, wiring: Wiring, app: HostApp, clock: Clock
) -> None:
    other = company(wiring, app)
    for one in (app, other):
        phone = phones()
        come_from(one, phone, f"id-at-{one.name}")
        log_in(phone, link="yes")
        clock.later(seconds=61)
    for one in (app, other):
        assert come_from(one, phones(), f"id-at-{one.name}") == "/me"
    assert len(member_of(wiring)) == 1
    assert come_from(app, phones(), "id-at-company") == "/me/login"  # another app's id says nothing here


def test_without_the_tick_nothing_is_linked(phones: PhoneMaker, wiring: Wiring, app: HostApp) -> None:
    """A stranger may have sent the page: whoever only logs in gives the stranger's user no way in."""
    phone = phones()
    come_from(app, phone, "a-stranger")
    log_in(phone)
    assert come_from(app, phones(), "a-stranger") == "/me/login"


@pytest.mark.needs("postgres")
def test_an_app_s_user_whom_another_phone_links_first_leaves_no_entry_of_a_link(
    migrated_server: str, tmp_path: Path, clock: Clock
) -> None:
    wiring = Wiring(Settings(migrated_server, tmp_path), clock)
    now = wiring.now()
    ticket = bind_token(secret_marker(wiring), "t" * 43, f"member_handovers qilu {'s' * 64}")
    session = begin_member_session(wiring, "m-late").session
    user = {"app": "qilu", "subject_digest": "s" * 64}
    times = {"created_at": now, "ticket_expires_at": now, "expires_at": now, "used_at": now}
    digests = {"token_digest": "d" * 64, "ticket_digest": digest_token(ticket)}
    with wiring.database.write() as connection:
        connection.execute(insert(member_handovers).values({**user, **times, **digests}))
    with ThreadPoolExecutor(1) as pool:
        with wiring.database.write() as connection:
            values = {**user, "member_id": "m-first", "linked_at": now, "mark": "of the first"}
            connection.execute(insert(member_app_links).values(values))
            later = pool.submit(link_app, wiring, ticket, session)
            until(lambda: is_waited_for(wiring))
        later.result(30)
    with wiring.database.read() as connection:
        assert connection.execute(select(member_app_links.c.member_id)).scalars().all() == ["m-first"]
        acts = connection.execute(select(audit_entries.c.act)).scalars().all()
    wiring.close()
    assert acts == ["member_sessions.open"]


def is_waited_for(wiring: Wiring) -> bool:
    """Return whether a transaction waits for another one's end."""
    with wiring.database.read() as connection:
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(connection.execute(waiting).scalar_one())


def test_the_member_ends_an_app_s_way_in(phones: PhoneMaker, wiring: Wiring, app: HostApp) -> None:
    phone = phones()
    come_from(app, phone)
    log_in(phone, link="yes")
    key = key_of(phone.get("/me/account"))
    other = phones().log_in("m-other")
    assert "/me/account/" not in other.get("/me/account")  # one phone, no app: nothing to end
    assert phone.send("/me/account/apps/qilu/unlink", form_key=key) == "/me/account?done=unlink"
    assert come_from(app, phones()) == "/me/login"


def test_an_erased_member_keeps_no_way_in(phones: PhoneMaker, wiring: Wiring, app: HostApp) -> None:
    phone = phones()
    come_from(app, phone)
    log_in(phone, link="yes")
    (member,) = member_of(wiring)
    erase_member_data(wiring, member, "officer", "她要求删除")
    assert phone.client.get("/me").status_code == 303
    with wiring.database.read() as connection:
        assert not connection.execute(select(member_app_links)).all()


def test_a_token_and_a_ticket_count_once(
    phones: PhoneMaker, wiring: Wiring, app: HostApp, clock: Clock
) -> None:
    phone, token = phones(), app.sign(wiring)
    status, path = hand_over(phone, token)
    assert status == 201
    again, words = hand_over(phone, token)
    assert (again, "handed over before" in words) == (409, True)
    phone.send(path)
    assert phone.client.get(path).status_code == 410
    assert phone.post(path)[0] == 410
    _, other = hand_over(phone, app.sign(wiring))
    clock.later(minutes=2)
    assert phone.client.get(other).status_code == 410
    assert phone.client.get("/me/enter/unknown").status_code == 410


def test_only_our_own_page_uses_a_ticket_up(phones: PhoneMaker, wiring: Wiring, app: HostApp) -> None:
    phone = phones()
    _, path = hand_over(phone, app.sign(wiring))
    assert phone.client.post(path, headers={"origin": "http://evil"}).status_code == 403
    assert phone.client.get(path).status_code == 200


WRONG: list[tuple[Callable[[int], dict[str, object]], int, str]] = [
    (lambda now: {"iss": "https://evil.example"}, 401, "from no app"),
    (lambda now: {"iss": None}, 401, "from no app"),
    (lambda now: {"aud": "another"}, 403, '"field": "aud"'),
    (lambda now: {"aud": None}, 403, '"field": "aud"'),
    (lambda now: {"exp": now - 61, "iat": now - 100}, 403, "expired"),
    (lambda now: {"exp": None}, 403, "exp"),
    (lambda now: {"iat": now + 61, "exp": now + 100}, 403, "60 seconds may differ"),
    (lambda now: {"exp": now + 301}, 401, "more than 5 minutes"),
    (lambda now: {"jti": None}, 403, "jti"),
    (lambda now: {"jti": 7}, 403, "jti"),
    (lambda now: {"sub": ""}, 403, "sub"),
    (lambda now: {"sub": "x" * 300}, 403, "sub"),
]


def test_a_wrong_token_is_refused_in_words(phones: PhoneMaker, wiring: Wiring, app: HostApp) -> None:
    phone, now = phones(), int(wiring.now().timestamp())
    for claims, status, words in WRONG:
        token = app.sign(wiring, **claims(now))
        found = hand_over(phone, token)
        assert (found[0], words in found[1]) == (status, True), (claims(now), found)
        assert token[:20] not in found[1]


def test_a_minute_s_difference_of_the_clocks_is_allowed(
    phones: PhoneMaker, wiring: Wiring, app: HostApp
) -> None:
    now = int(wiring.now().timestamp())
    assert hand_over(phones(), app.sign(wiring, iat=now + 59, exp=now + 100))[0] == 201
    assert hand_over(phones(), app.sign(wiring, iat=now - 200, exp=now - 59))[0] == 201


def test_one_app_does_not_sign_for_another(phones: PhoneMaker, wiring: Wiring, app: HostApp) -> None:
    token = company(wiring, app).sign(wiring, iss=app.entry["issuer"])
    assert hand_over(phones(), token)[0] == 403


def test_an_unknown_key_has_the_keys_read_once_more(phones: PhoneMaker, wiring: Wiring, app: HostApp) -> None:
    phone, seconds = phones(), [0.0]
    keys = wiring.member_apps[0].keys
    keys.clock = lambda: seconds[0]
    reads: list[str] = []
    fetch = keys.fetch
    keys.fetch = lambda place: (reads.append(place), fetch(place))[1]
    assert hand_over(phone, app.sign(wiring))[0] == 201
    app.add_key()
    seconds[0] = 31
    assert hand_over(phone, app.sign(wiring))[0] == 201
    assert len(reads) == 2
    app.add_key(publishes=False)
    seconds[0] = 62
    assert hand_over(phone, app.sign(wiring))[0] == 403
    assert hand_over(phone, app.sign(wiring))[0] == 403
    assert len(reads) == 3


def test_without_its_keys_an_app_is_told_to_come_again(
    phones: PhoneMaker, wiring: Wiring, app: HostApp
) -> None:
    (wiring.data_folder / "qilu.json").write_text("not json")
    assert hand_over(phones(), app.sign(wiring))[0] == 503


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "unreadable"),
        ("{", "entry"),
        ('[{"name": "a"}]', "entry"),
        ('[{"name":"a","title":"a","issuer":"i","audience":"b"}]', "entry"),
        ('[{"name":"a","title":"a","issuer":"i","audience":"b","keys":"http://far.example/k"}]', "entry"),
        ('[{"name":"a","title":"a","issuer":"i","audience":"b","keys_file":"k","x":1}]', "entry"),
        (
            '[{"name":"a","title":"a","issuer":"i","audience":"b","keys_file":"k"},'
            '{"name":"b","title":"a","issuer":"i","audience":"b","keys_file":"k"}]',
            "twice",
        ),
        # a session by this name would count as one with a fresh code, or as one of joining
        ('[{"name":"code","title":"a","issuer":"i","audience":"b","keys_file":"k"}]', "reserved"),
        ('[{"name":"join","title":"a","issuer":"i","audience":"b","keys_file":"k"}]', "reserved"),
    ],
)
def test_a_wrong_file_of_apps_is_told_in_words(tmp_path: Path, content: str | None, code: str) -> None:
    path = tmp_path / "apps.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(FaultError) as refused:
        load_member_apps(path)
    assert {fault.short_code for fault in refused.value.faults} == {code}
