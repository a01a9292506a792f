export default async function (load) {
  const { default: unfluff } = await load("unfluff");
  return (html) => unfluff(html).text;
}
