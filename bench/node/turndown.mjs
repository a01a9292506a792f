export default async function (load) {
  const { default: TurndownService } = await load("turndown");
  // Scripts and styles are text to it unless told otherwise, and no reader's.
  const service = new TurndownService().remove(["script", "style", "noscript", "template"]);
  return (html) => service.turndown(html);
}
