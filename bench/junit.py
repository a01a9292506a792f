"""A gate's verdict as JUnit XML, which the web pages of CI services show: one test case for each check.

There is no schema of whoever made the format; this is the part of it that all read: suites, suite, case, failure, skipped.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from bench.gate import Judgement, Verdict, WorsePage
from bench.present import number

_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even as a reference (section 2.2)."""


def render(verdict: Verdict | None) -> str:
    """Return the report; a baseline that was only written makes one without cases.

    The text of a failure lists the pages that failed where pages are what it is about.
    """
    checks = verdict.checks if verdict else ()
    suites = ET.Element("testsuites", name="bench gate")
    tally = {
        "tests": len(checks),
        "failures": sum(check.judgement is Judgement.FAILED for check in checks),
        "errors": 0,
        "skipped": sum(check.judgement is Judgement.SKIPPED for check in checks),
    }
    suite = ET.SubElement(suites, "testsuite", {"name": "bench gate", **{name: str(count) for name, count in tally.items()}})
    if verdict:
        properties = ET.SubElement(suite, "properties")
        ET.SubElement(properties, "property", name="signature", value=_fit(verdict.full_signature))
    for check in checks:
        case = ET.SubElement(suite, "testcase", classname=_fit(check.extractor), name=_fit(check.name))
        if check.judgement is Judgement.FAILED and verdict:
            failure = ET.SubElement(case, "failure", message=_fit(check.reason))
            if check.kind in ("pages", "failures"):
                failure.text = _fit("\n".join(_told(page) for page in verdict.pages if page.extractor == check.extractor))
        elif check.judgement is Judgement.SKIPPED:
            ET.SubElement(case, "skipped", message=_fit(check.reason))
        elif check.reason:
            ET.SubElement(case, "system-out").text = _fit(f"{check.judgement}: {check.reason}")
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _told(page: WorsePage) -> str:
    outcome = f", {page.outcome}" if page.outcome else ""
    return f"{page.page}: {number(page.before, 4)} before, {number(page.now, 4)} now{outcome}"


def _fit(text: str) -> str:
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)
