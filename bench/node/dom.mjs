// Pages as documents, by either of two DOMs: jsdom, which is a browser's in full, and linkedom, which is quick.
// Neither runs scripts or fetches anything.

export async function documents(load, dom) {
  if (dom === "jsdom") {
    const { JSDOM, VirtualConsole } = await load("jsdom");
    return (html, url) => new JSDOM(html, { url: valid(url), virtualConsole: new VirtualConsole() }).window.document;
  }
  if (dom === "linkedom") {
    const { parseHTML } = await load("linkedom");
    return (html) => parseHTML(html).document;
  }
  throw new Error(`dom is jsdom or linkedom, not ${dom}`);
}

function valid(url) {
  return url !== null && URL.canParse(url) ? url : undefined;
}
