"""The field's words for KPIs, units, directions and comparisons, as phrases of lower-case words."""

from __future__ import annotations

from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.periods import Grain

_KPIS: dict[str, tuple[str, ...]] = {
    "revenue": ("sales revenue", "turnover", "sales", "bookings"),
    "mrr": ("monthly recurring revenue",),
    "arr": ("annual recurring revenue", "yearly recurring revenue", "annualised recurring revenue"),
    "margin": ("profit margin", "gross margin", "gross profit margin", "contribution margin"),
    "win_rate": ("close rate", "closing rate", "win ratio", "hit rate", "deal win rate"),
    "cycle_days": ("cycle", "sales cycle", "sales cycles", "deal cycle", "time to close", "days to close"),
    "qualified_leads": (
        "qualified leads entering the funnel",
        "qualified leads",
        "new qualified leads",
        "marketing qualified leads",
        "mqls",
        "mql",
    ),
    "logo_churn": (
        "monthly churn",
        "churn a month",
        "churn per month",
        "monthly customer churn",
        "monthly churn rate",
        "monthly logo churn",
        "logo churn",
        "customer churn",
        "customer churn a month",
        "customer churn rate",
    ),
    "grr": ("gross revenue retention", "gross retention", "gross dollar retention"),
    "nrr": ("net revenue retention", "net retention", "net dollar retention", "ndr"),
    "clv": ("customer lifetime value", "lifetime value", "ltv", "cltv"),
    "cac": ("customer acquisition cost", "customer acquisition costs", "acquisition cost", "cost per customer"),
    "coverage": ("pipeline coverage", "pipeline cover"),
}
# How each is written back.
SAID: dict[str, str] = {
    "revenue": "revenue",
    "mrr": "monthly recurring revenue",
    "arr": "annual recurring revenue",
    "margin": "margin",
    "win_rate": "win rate",
    "cycle_days": "sales cycle",
    "qualified_leads": "qualified leads",
    "logo_churn": "monthly churn",
    "grr": "gross revenue retention",
    "nrr": "net revenue retention",
    "clv": "customer lifetime value",
    "cac": "customer acquisition cost",
    "coverage": "pipeline coverage",
}
KPIS: dict[str, str] = {
    phrase: name for name in CATALOGUE for phrase in (name.replace("_", " "), name, *_KPIS.get(name, ()))
}
_CHURNS = (
    ("customers lost in a month", "monthly churn below 2 %"),
    ("recurring revenue lost, which is 1 less what is kept", "gross revenue retention above 95 %"),
)
_RETENTIONS = (
    ("what customers keep on paying, growth apart", "gross revenue retention above 95 %"),
    ("the same with what they buy in addition", "net revenue retention above 105 %"),
    ("customers, not money", "monthly churn below 2 %"),
)
_PROFITS = (
    ("profit as a share of revenue", "profit margin +5 %"),
    ("profit as an amount, which is no KPI here: revenue at the margin there is", "revenue +5 %"),
)
_LEADS = (
    ("leads that were qualified", "qualified leads +12 %"),
    ("all leads, which is no KPI here: quality over quantity", "qualified leads +12 %"),
)
_CONVERSIONS = (
    ("deals won of those decided", "win rate +5 %"),
    ("leads that become qualified, which is no KPI here", "qualified leads +12 %"),
)
# A word that may mean two things: each reading, and how it is written.
TWO_READINGS: dict[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(("churn", "churn rate", "annual churn", "yearly churn"), _CHURNS),
    **dict.fromkeys(("revenue churn", "mrr churn"), _CHURNS),
    **dict.fromkeys(("retention", "customer retention", "retention rate", "revenue retention"), _RETENTIONS),
    **dict.fromkeys(("profit", "profits", "gross profit"), _PROFITS),
    **dict.fromkeys(("leads", "new leads"), _LEADS),
    **dict.fromkeys(("conversion", "conversion rate"), _CONVERSIONS),
}
_DEALS = (("what deals won bring", "revenue +5 %"), ("deals won of those decided", "win rate +5 %"))
_CUSTOMERS = (
    ("what winning one costs", "customer acquisition cost -3 %"),
    ("those that are lost", "monthly churn below 2 %"),
    ("what they pay each month", "MRR +2 %"),
)
_EFFORT = (("what comes of it", "qualified leads +12 %"), ("the same", "win rate +5 %"))
_SIZE = (("what deals won bring", "revenue +5 %"), ("what is left of it", "profit margin +5 %"))
# What is measured elsewhere, but is no KPI here: what it is about, and how that is written.
NO_KPI: dict[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(("deals", "new deals", "deals won", "wins", "orders", "contracts", "opportunities"), _DEALS),
    **dict.fromkeys(("customers", "new customers", "clients", "new clients", "logos", "new logos"), _CUSTOMERS),
    **dict.fromkeys(("accounts", "new accounts", "subscribers", "subscriptions"), _CUSTOMERS),
    **dict.fromkeys(("meetings", "calls", "demos", "e mails", "emails", "visits", "proposals", "quotes"), _EFFORT),
    **dict.fromkeys(("activity", "activities"), _EFFORT),
    **dict.fromkeys(("deal size", "average deal size", "order value", "average order value", "aov", "acv"), _SIZE),
    **dict.fromkeys(("price", "prices", "discount", "discounts", "arpu", "arpa"), _SIZE),
    **dict.fromkeys(("pipeline", "open pipeline", "quota", "quota attainment"), _DEALS),
}
SPLITS: dict[str, str] = {
    "type of deal": "deal_type",
    "deal type": "deal_type",
    "region": "region",
    "product": "product",
    "product family": "family",
    "channel": "channel",
    "team": "team",
    "rep": "rep",
    "plan": "plan",
}
_ON: tuple[str, ...] = ("on", "vs", "versus", "over", "against", "than", "compared with", "compared to", "counted from")
_BEFORE = ("last year", "the last year", "the year before", "the previous year", "previous year")
COMPARED: dict[str, Grain] = {
    **{f"{on} {before}": "year" for on in _ON for before in _BEFORE},
    **dict.fromkeys(("yoy", "y/y", "year on year", "year over year", "annually"), "year"),
    **dict.fromkeys(("mom", "m/m", "month on month", "month over month"), "month"),
    **dict.fromkeys(("qoq", "q/q", "quarter on quarter", "quarter over quarter"), "quarter"),
}
EVERY: dict[str, Grain] = {
    **COMPARED,
    **{f"{each} year": "year" for each in ("a", "per", "each", "every")},
    **{f"{each} month": "month" for each in ("a", "per", "each", "every")},
    **{f"{each} quarter": "quarter" for each in ("a", "per", "each", "every")},
}
ON = frozenset(_ON)
UP, DOWN = 1, -1
DIRECTIONS: dict[str, int | None] = {  # None: towards the better, whichever that is
    **dict.fromkeys(
        ("grow", "grows", "growing", "growth", "increase", "increases", "increasing", "raise", "raises"), UP
    ),
    **dict.fromkeys(("lift", "lifts", "boost", "boosts", "gain", "add", "more", "higher", "up", "expand", "plus"), UP),
    **dict.fromkeys(("reduce", "reduces", "reducing", "cut", "cuts", "decrease", "decreases", "drop", "drops"), DOWN),
    **dict.fromkeys(("shorten", "shortens", "shorter", "less", "fewer", "down", "minus", "lower", "lowers"), DOWN),
    **dict.fromkeys(("additional", "extra", "lifting", "raising", "rise", "rises"), UP),
    **dict.fromkeys(("cutting", "shortening", "lowering", "faster", "decline", "declines"), DOWN),
    **dict.fromkeys(("improve", "improves", "improving", "better"), None),
}
MORE = {**dict.fromkeys(("more", "additional", "extra"), UP), **dict.fromkeys(("less", "fewer"), DOWN)}
TIMES: dict[str, int] = {  # per cent that a verb adds
    **dict.fromkeys(("double", "doubles", "doubling"), 100),
    **dict.fromkeys(("triple", "triples", "tripling", "treble"), 200),
    **dict.fromkeys(("quadruple", "quadruples"), 300),
    **dict.fromkeys(("halve", "halves", "halving"), -50),
}
AT_MOST, AT_LEAST, EXACTLY = "at most", "at least", "to"
LIMITS: dict[str, str] = {
    **dict.fromkeys(("below", "under", "less than", "lower than", "fewer than", "at most", "no more than"), AT_MOST),
    **dict.fromkeys(("not more than", "within", "max", "maximum", "a maximum of", "up to", "<", "<=", "≤"), AT_MOST),
    **dict.fromkeys(("above", "over", "more than", "higher than", "at least", "no less than", "min"), AT_LEAST),
    **dict.fromkeys(("not less than", "no fewer than", "minimum", "a minimum of"), AT_LEAST),
    **dict.fromkeys((">", ">=", "≥"), AT_LEAST),
    **dict.fromkeys(("to", "at", "of", "reach", "reaches", "hit", "hits", "achieve", "="), EXACTLY),
}
UNITS: dict[str, str] = {
    **dict.fromkeys(("% points", "pp", "ppt", "pts", "points", "point"), "points"),
    **dict.fromkeys(("percentage points", "percentage point", "percent points"), "points"),
    **dict.fromkeys(("%", "percent", "per cent", "pct"), "percent"),
    **dict.fromkeys(("day", "days"), "days"),
    **dict.fromkeys(("lead", "leads"), "count"),
    **dict.fromkeys(("times", "x"), "times"),
}
CURRENCIES: dict[str, str] = {
    **dict.fromkeys(("€", "euro", "euros"), "EUR"),
    **dict.fromkeys(("$", "dollar", "dollars"), "USD"),
    **dict.fromkeys(("£", "pound", "pounds"), "GBP"),
    **dict.fromkeys(("zł", "zloty", "złoty"), "PLN"),
}
SIZES: dict[str, int] = {
    **dict.fromkeys(("k", "thousand", "tsd"), 1_000),
    **dict.fromkeys(("m", "mn", "mio", "million", "millions"), 1_000_000),
    **dict.fromkeys(("bn", "billion", "billions"), 1_000_000_000),
}
_FILLERS = (
    "we us our let let's lets the a an will want wants to should shall must need needs please goal is be are team "
    "my its their generate generates make makes get keep keeps hold stay bring brings have has total overall that win "
    "wins close closes"
)
FILLERS = frozenset(_FILLERS.split())
BRING_IN = dict.fromkeys(("bring in", "brings in", "bringing in", "get in", "in total"), True)
EACH_CUSTOMER = dict.fromkeys(("per customer", "a customer", "per new customer", "for each customer"), True)
MEANS = ("through", "via", "with", "using", "by means of", "thanks to")
_MONTHS = "january february march april may june july august september october november december"
MONTHS = (_MONTHS.split(), [name[:3] for name in _MONTHS.split()])
ORDINALS: dict[str, int] = {
    word: number
    for number, words in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th last"), 1)
    for word in words.split()
}
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve"
NUMBERS: dict[str, int] = {"a": 1, "an": 1, **{word: number for number, word in enumerate(_NUMBERS.split(), 1)}}
