// The visit of `tests/browser/run`: each step says what it looks at, and ends the run when it is not so.
const assert = require("assert");
const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { BROWSER, HEALTHY, SICK, LOG, LONG, SCREENSHOTS, ONLY } = process.env;
const healthy = `http://127.0.0.1:${HEALTHY}`;
const sick = `http://127.0.0.1:${SICK}`;
const admin = { username: "admin", password: "right" };
const viewer = { username: "viewer", password: "looks" };

let browser;
let shot = 0;

/** A page of a user, watched for everything that must not happen. */
async function visit(httpCredentials, options = {}) {
  const context = await browser.newContext({ httpCredentials, viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.troubles = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.troubles.push(message.text());
  });
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  page.on("dialog", (dialog) => {
    page.troubles.push(`a script ran: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (new URL(request.url()).hostname !== "127.0.0.1") page.troubles.push(`asked for ${request.url()}`);
  });
  return page;
}

async function leave(page, expected = []) {
  const others = page.troubles.filter((text) => !expected.some((words) => text.includes(words)));
  assert.deepStrictEqual(others, []);
  await page.context().close();
}

async function picture(page, name) {
  if (!SCREENSHOTS) return;
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  shot += 1;
  await page.screenshot({ path: path.join(SCREENSHOTS, `${String(shot).padStart(2, "0")}-${name}.png`), fullPage: true });
}

/** Asks for the page again until it says so. */
async function until(page, words) {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if ((await page.locator("body").innerText()).includes(words)) return;
    await page.waitForTimeout(200);
    await page.goto(page.url());
  }
  assert.fail(`never: ${words}\n${await page.locator("body").innerText()}`);
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  const bad = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const told = bad.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  assert.deepStrictEqual(told, [], `${name} can be used by everybody`);
}

/** The bones of every page. */
async function sound(page, name) {
  assert.strictEqual(await page.locator("h1").count(), 1, `${name}: one heading above all`);
  assert.strictEqual(await page.locator("html[lang=en] main").count(), 1, `${name}: a language and a main part`);
  const own = await page.evaluate(() => [...document.querySelectorAll("*")].flatMap((one) =>
    [...one.attributes].map((attribute) => attribute.name)).filter((at) => at === "style" || at.startsWith("on")));
  assert.deepStrictEqual(own, [], `${name}: what a policy forbids`);
}

const sideways = (page) => page.evaluate(() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth);

const steps = {
  async "what must not happen would be seen"() {
    const page = await visit(admin);
    const bad = `<body><p style="color:#bbb">pale</p><img src="http://192.0.2.1/x.png">
      <script>alert(1); console.error("woe"); nothing();</script><div style="width:3000px" onclick="">wide</div>`;
    await page.route("**/*", (route) => route.fulfill({ contentType: "text/html", body: bad }));
    await page.goto(`${healthy}/`);
    await assert.rejects(accessible(page, "bad"), /color-contrast/);
    await assert.rejects(sound(page, "bad"));
    assert.ok(await sideways(page) > 0);
    const troubles = page.troubles.join("\n");
    for (const words of ["asked for http://192.0.2.1/x.png", "a script ran: 1", "woe", "nothing is not defined"]) {
      assert.ok(troubles.includes(words), `${words}: ${troubles}`);
    }
    await assert.rejects(leave(page));
    await page.context().close();
  },

  async "a healthy machine says so at a glance"() {
    const page = await visit(admin);
    await page.goto(`${healthy}/`);
    await until(page, "services are OK");
    assert.match(await page.title(), /^OK - /);
    assert.strictEqual(await page.locator("text=Needs attention").count(), 0);
    await picture(page, "healthy");
    await leave(page);
  },

  async "a sick one says what is wrong, first"() {
    const page = await visit(admin);
    await page.goto(`${sick}/`);
    await until(page, "4 of 12 services failed");
    assert.match(await page.title(), /^4 failed - /);
    const text = await page.locator("main").innerText();
    const order = ["services failed", "Needs attention", "journal", "Processes"].map((words) => text.indexOf(words));
    assert.deepStrictEqual(order, [...order].sort((a, b) => a - b), text);
    assert.ok(!order.includes(-1), text);
    await picture(page, "sick");
    await page.click("text=replica");
    assert.match(page.url(), /\/replica$/);
    assert.match(await page.locator("main").innerText(), /could not be reached/);
    assert.match(await page.getByRole("row", { name: "Status" }).innerText(), /! Failed\s+2\s+exit value != 0\s+alert/);
    const icon = await page.locator("link[rel=icon]").getAttribute("href");
    assert.strictEqual(icon, "./_icon_failed.svg");
    const drawn = await page.evaluate((src) => new Promise((done) => {
      const picture = new Image();
      picture.onload = () => done(picture.naturalWidth > 0);
      picture.onerror = () => done(false);
      picture.src = src;
    }), icon);
    assert.ok(drawn, "the policy of the page lets its picture in, and it is one");
    await picture(page, "sick-service");
    await leave(page);
  },

  async "stop asks once more, start does not"() {
    const page = await visit(admin);
    await page.goto(`${healthy}/web`);
    await until(page, "OK");
    await picture(page, "service");
    assert.strictEqual(await page.locator("text=Yes, stop it").isVisible(), false);
    await page.click("a:has-text('Stop')");
    await picture(page, "stop");
    // It outlives the pages' refresh, which is every ten seconds here.
    await page.waitForTimeout(12000);
    assert.strictEqual(await page.locator("text=Yes, stop it").isVisible(), true);
    await page.click("text=No, leave it as it is");
    await page.click("a:has-text('Stop')");
    await page.click("text=Yes, stop it");
    assert.match(page.url(), /\/web$/);
    await until(page, "Not monitored");
    await page.click("button:has-text('Start')");
    await until(page, "OK");
    await leave(page);
  },

  async "all of it without a script, by keyboard"() {
    const page = await visit(admin, { javaScriptEnabled: false });
    await page.goto(`${healthy}/settings`);
    await page.keyboard.press("Tab");
    for (let tabs = 0; tabs < 20; tabs += 1) {
      if (await page.locator("button:has-text('Disable monitoring'):focus").count()) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await until(page, "Not monitored");
    await page.click("button:has-text('Enable monitoring')");
    await until(page, "OK");
    await leave(page);
  },

  async "a silence is begun and lifted, with a reason that no refresh takes away"() {
    const page = await visit(admin, { javaScriptEnabled: false });
    await page.goto(`${sick}/replica`);
    await page.click("a:has-text('Silence')");
    // By keyboard alone.
    for (let tabs = 0; tabs < 30; tabs += 1) {
      if (await page.locator("#reason:focus").count()) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.type("<b>moving");
    await page.waitForTimeout(12000);
    assert.strictEqual(await page.locator("#reason").inputValue(), "<b>moving");
    await picture(page, "silence");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    assert.ok(await page.locator("button:has-text('For 4 hours'):focus").count());
    await page.keyboard.press("Enter");
    await until(page, "by admin");
    assert.match(page.url(), /\/replica$/);
    assert.match(await page.locator(".silence").innerText(), /Silenced since .* \(4 h left\) by admin: <b>moving\. Alerts and actions/);
    await picture(page, "silenced");
    await page.goto(`${sick}/`);
    assert.strictEqual(await page.locator(".silenced").count(), 2);
    const looks = await visit(viewer);
    await looks.goto(`${sick}/_runtime`);
    assert.match(await looks.locator("main").innerText(), /by admin/);
    assert.strictEqual(await looks.locator("form, button").count(), 0);
    await leave(looks);
    await page.goto(`${sick}/_runtime`);
    await picture(page, "runtime");
    await page.click("button:has-text('Lift')");
    assert.match(page.url(), /\/_runtime$/);
    assert.strictEqual(await page.locator(".silence").count(), 0);
    await leave(page);
  },

  async "where the keyboard is can be seen, from top to bottom"() {
    for (const colorScheme of ["light", "dark"]) {
      const page = await visit(admin, { colorScheme });
      await page.goto(`${healthy}/web?refresh=off`);
      const tops = [];
      for (let tabs = 0; tabs < 60; tabs += 1) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const one = document.activeElement;
          const { outlineStyle, outlineWidth } = getComputedStyle(one);
          return { name: one.tagName, top: one.getBoundingClientRect().top + scrollY, seen: outlineStyle !== "none" && outlineWidth !== "0px" };
        });
        if (at.name === "BODY") break;
        assert.ok(at.seen, at.name);
        tops.push(at.top);
      }
      assert.ok(tops.length > 9, `${tops.length} places`);
      tops.slice(1).forEach((top, at) => assert.ok(top > tops[at] - 30, `${tops}`));
      await leave(page);
    }
  },

  async "events are found by service, by keyboard and without a script"() {
    const page = await visit(admin, { javaScriptEnabled: false });
    await page.goto(`${sick}/_viewevents`);
    await picture(page, "events");
    await page.click("a:has-text('Filter')");
    for (let tabs = 0; tabs < 30; tabs += 1) {
      if (await page.locator("#service:focus").count()) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.type("replica");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await picture(page, "events-filter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/_viewevents\?service=replica&state=failed$/);
    const text = await page.locator("main").innerText();
    assert.ok(text.includes("could not be reached") && !text.includes("journal"), text);
    await leave(page);
  },

  async "a phone still has the tables that rows were made of"() {
    const page = await visit(admin, { viewport: { width: 360, height: 740 } });
    await page.goto(`${sick}/?type=file`);
    const rows = page.getByRole("row");
    assert.strictEqual(await page.getByRole("columnheader").count(), 5);
    assert.strictEqual(await rows.count(), 6);
    assert.match(await page.title(), /^2 failed - /);
    await page.click("text=Programs");
    assert.match(page.url(), /\?type=program$/);
    await picture(page, "type");
    await leave(page);
  },

  async "whatever is touched on a phone is as high as a finger"() {
    const page = await visit(admin, { viewport: { width: 360, height: 740 } });
    for (const [base, name] of [[healthy, ""], [sick, ""], [healthy, "web"], [sick, "replica"], [sick, "idle"], [sick, "_viewlog"],
      [sick, "_viewlog?before=300"], [sick, "_runtime"], [sick, "_viewevents"], [sick, "_viewevents?service=journal"], [sick, "_viewevents?filter=on"],
      [healthy, "?group=shop"], [sick, "replica?confirm=silence"], [healthy, "web?confirm=stop"], [sick, "nobody"]]) {
      await page.goto(`${base}/${name}`);
      const small = await page.evaluate(() => {
        document.querySelectorAll("details").forEach((one) => { one.open = true; });
        return [...document.querySelectorAll("a, button, summary, select, label.check, input:not([type=hidden], [type=checkbox])")]
          .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
          .filter(([, box]) => box.height < 43.9 || box.width < 24)
          .map(([html, { width, height }]) => `${html}: ${width} x ${height}`);
      });
      assert.deepStrictEqual(small, [], name);
    }
    await leave(page, ["404"]);
  },

  async "a page is asked for anew although its address has a fragment"() {
    const page = await visit(admin);
    await page.goto(`${healthy}/web?history=day#history`);
    const asked = page.waitForRequest((request) => request.url().includes("/web?history=day"), { timeout: 14000 });
    await asked;
    await leave(page);
  },

  async "a page is paused and resumed, with what it shows"() {
    const page = await visit(admin);
    await page.goto(`${healthy}/web?history=week`);
    await page.click("text=Pause");
    assert.match(page.url(), /history=week&refresh=off$/);
    assert.strictEqual(await page.locator("[aria-current=true]").innerText(), "week");
    await page.click("text=Resume");
    assert.match(page.url(), /history=week$/);
    await leave(page);
  },

  async "who only looks has no buttons"() {
    const page = await visit(viewer);
    for (const name of ["", "web", "web?confirm=silence", "_runtime"]) {
      await page.goto(`${healthy}/${name}`);
      assert.strictEqual(await page.locator("form, button").count(), 0, name);
    }
    assert.strictEqual((await page.goto(`${healthy}/_viewlog`)).status(), 403);
    await leave(page, ["403"]);
  },

  async "a wrong password is told"() {
    const page = await visit({ username: "admin", password: "wrong" });
    assert.strictEqual((await page.goto(`${healthy}/`)).status(), 401);
    assert.match(await page.locator("body").innerText(), /User name or password not accepted/);
    await leave(page, ["401"]);
  },

  async "texts of others are shown, and nothing of them runs"() {
    const stranger = await visit({ username: "<script>alert(2)</script>", password: "x" });
    await stranger.goto(`${sick}/`);
    await leave(stranger, ["401"]);
    const page = await visit(admin);
    for (const name of ["", "_viewlog", "_viewevents", "_viewevents?filter=on", "replica", encodeURIComponent("<img src=x onerror=alert(1)>"), "_runtime"]) {
      await page.goto(`${sick}/${name}`);
      assert.strictEqual(await page.locator("img, script, iframe").count(), 0, name);
    }
    await page.goto(`${sick}/_viewlog`);
    const log = await page.locator("pre").innerText();
    assert.ok(log.includes("<script>alert(2)</script>") && log.includes("<img src=x"), log);
    assert.ok(fs.readFileSync(LOG, "utf8").includes("<script>"));
    const newest = await page.evaluate(() => {
      const box = document.querySelector("pre").getBoundingClientRect();
      return document.querySelector("pre code").getBoundingClientRect().bottom - box.bottom;
    });
    assert.ok(newest <= 0, `the last line is in sight (${newest})`);
    const file = page.waitForEvent("download");
    await page.click("text=Download");
    const kept = fs.readFileSync(await (await file).path(), "utf8");
    assert.ok(kept.startsWith(fs.readFileSync(LOG, "utf8").slice(0, 2000)), "the log as a file");
    await picture(page, "log");
    await leave(page);
  },

  async "a phone, dark and light, needs no scrolling to the side"() {
    for (const colorScheme of ["light", "dark"]) {
      const page = await visit(admin, { viewport: { width: 360, height: 740 }, colorScheme });
      const narrow = await visit(admin, { viewport: { width: 320, height: 640 }, colorScheme });
      for (const [base, name] of [[healthy, ""], [sick, ""], [sick, "replica"], [healthy, "web"], [sick, "_viewlog"],
        [sick, "_runtime"], [sick, "_viewevents"], [sick, "_viewevents?filter=on"], [healthy, "?group=shop"], [sick, "replica?confirm=silence"], [healthy, "web?confirm=stop"], [sick, LONG], [sick, `_viewevents?service=${LONG}`],
        [sick, encodeURIComponent("<img src=x onerror=alert(1)>")]]) {
        await page.goto(`${base}/${name}`);
        await narrow.goto(`${base}/${name}`);
        assert.deepStrictEqual([await sideways(page), await sideways(narrow)], [0, 0], name);
        const { x } = await page.locator("h1").boundingBox();
        assert.ok(x >= 8, `${name}: the text touches the edge (${x})`);
        await picture(page, `phone-${colorScheme}`);
      }
      await leave(page);
      await leave(narrow);
    }
  },

  async "a long name is shown whole"() {
    for (const width of [1280, 360]) {
      const page = await visit(admin, { viewport: { width, height: 740 } });
      for (const name of ["", LONG]) {
        await page.goto(`${sick}/${name}`);
        const shown = await page.evaluate((text) => [...document.querySelectorAll("h1, td a")].filter((one) => one.textContent === text)
          .map((one) => ({ cut: one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0, style: getComputedStyle(one).textOverflow,
            right: one.getBoundingClientRect().right <= document.documentElement.clientWidth })), LONG);
        assert.ok(shown.length > 0, name);
        shown.forEach((one) => assert.deepStrictEqual(one, { cut: false, style: "clip", right: true }, `${width} ${name}`));
      }
      await picture(page, `long-${width}`);
      await leave(page);
    }
  },

  async "what failed stands out without colours"() {
    for (const colorScheme of ["light", "dark"]) {
      const page = await visit(admin, { colorScheme });
      await page.goto(`${sick}/`);
      const told = await page.evaluate(() => {
        const grey = (colour) => {
          const [red, green, blue] = colour.match(/[\d.]+/g).map((part) => (part / 255) ** 2.2);
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        const contrast = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        const back = grey(getComputedStyle(document.body).backgroundColor);
        const of = (kind) => [...document.querySelectorAll(`td .state.${kind}, .sick .state.${kind}`)].map((one) => {
          const { backgroundColor } = getComputedStyle(one);
          return { sign: one.textContent[0], filled: backgroundColor !== "rgba(0, 0, 0, 0)" && contrast(grey(backgroundColor), back) > 3 };
        });
        return { down: of("down"), up: of("up") };
      });
      assert.ok(told.down.length >= 4 && told.up.length >= 4, JSON.stringify(told));
      told.down.forEach((one) => assert.deepStrictEqual(one, { sign: "!", filled: true }, colorScheme));
      told.up.forEach((one) => assert.deepStrictEqual(one, { sign: "✓", filled: false }, colorScheme));
      await leave(page);
    }
  },

  async "the course of readings is there for who does not see it"() {
    const page = await visit(admin, { javaScriptEnabled: false });
    await page.goto(`${healthy}/shop.example.org?refresh=off`);
    const graph = page.locator("figure:has(details)").first();
    for (let attempt = 0; attempt < 60 && !await graph.count(); attempt += 1) {
      await page.waitForTimeout(2000);
      await page.goto(page.url());
    }
    assert.match(await graph.locator("desc").first().innerHTML(), /Lowest .*, highest .*, last /);
    assert.match(await graph.locator("title").first().innerHTML(), /, last hour$/);
    assert.strictEqual(await graph.locator("table").first().isVisible(), false);
    await graph.locator("summary").click();
    assert.strictEqual(await graph.locator("table").first().isVisible(), true);
    assert.ok(await graph.locator("tbody tr").count() > 0);
    assert.ok(await page.locator("svg.strip[role=img]").count() > 0, "how it stood");
    await picture(page, "graphs");
    await leave(page);
  },

  async "everybody can use it"() {
    const phone = { viewport: { width: 360, height: 740 } };
    for (const options of [{}, { colorScheme: "dark" }, phone, { colorScheme: "dark", ...phone }]) {
      const page = await visit(admin, options);
      for (const [base, name] of [[healthy, ""], [sick, ""], [healthy, "web"], [sick, "replica"], [sick, "_viewlog"],
        [healthy, "_runtime"], [sick, "_viewevents"], [sick, "_viewevents?filter=on"], [healthy, "?type=process"], [healthy, "loopback"], [sick, "replica?confirm=silence"], [healthy, "web?confirm=stop"]]) {
        await page.goto(`${base}/${name}`);
        await accessible(page, `${name} ${JSON.stringify(options)}`);
        await sound(page, name);
      }
      await leave(page);
    }
    const page = await visit(admin, { colorScheme: "dark" });
    await page.goto(`${sick}/`);
    await picture(page, "dark");
    await leave(page);
  },
};

(async () => {
  browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox", "--disable-gpu"] });
  for (const [name, step] of Object.entries(steps)) {
    if (ONLY && !name.includes(ONLY)) continue;
    const begun = Date.now();
    await step();
    console.log(`ok: ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  }
  await browser.close();
})().catch(async (error) => {
  console.error(error);
  if (browser) await browser.close();
  process.exit(1);
});
