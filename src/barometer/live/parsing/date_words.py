"""Names of months, weekdays and zones in the dates of feeds, in lower case and without accents."""

from datetime import timedelta

# English, German, French and Spanish. "jui" (juin or juillet) is in no list: it names no one month.
_MONTHS = (
    "jan january januar janner janvier janv ene enero",
    "feb february februar fevrier fevr fev febrero",
    "mar march marz maerz mrz mars marzo",
    "apr april avril avr abr abril",
    "may mai mayo",
    "jun june juni juin junio",
    "jul july juli juillet juil julio",
    "aug august aout ago agosto",
    "sep sept september septembre septiembre setiembre",
    "oct october okt oktober octobre octubre",
    "nov november novembre noviembre",
    "dec december dez dezember decembre dic diciembre",
)
MONTHS = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}

_WEEKDAYS = (
    "mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday "
    "mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag sonnabend so sonntag "
    "lun lundi mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche "
    "lunes martes mie miercoles jue jueves vie viernes sab sabado dom domingo"
)
WEEKDAYS = frozenset(_WEEKDAYS.split())
# A Tuesday in French and Spanish, and a month in all four languages: a weekday only beside another month.
WEEKDAY_OR_MONTH = "mar"

# Words that say nothing about the moment.
_FILLERS = "at on of the um uhr den der le les el la las los de del st nd rd th er"
FILLERS = frozenset(_FILLERS.split())

# Hours east of Greenwich. Left out are names of several zones: BST (British, Bangladesh, Bougainville), IST (India,
# Ireland, Israel), AST, GST, NST, SST, AMT, ECT, WST, and the military letters except Z, which RFC 822 got wrong
# (RFC 2822, 4.3).
_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "met": 1,
    "mest": 2, "eet": 2, "eest": 3, "msk": 3, "trt": 3, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "brt": -3, "art": -3, "clst": -3, "wat": 1, "cat": 2,
    "sast": 2, "eat": 3, "idt": 3, "irst": 3.5, "pkt": 5, "npt": 5.75, "ict": 7, "wib": 7, "sgt": 8, "hkt": 8,
    "myt": 8, "pht": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12,
    "nzdt": 13,
}  # fmt: skip
ZONES = {name: timedelta(hours=hours) for name, hours in _HOURS.items()}
# Certain only where the rest is written as RFC 822 has it: elsewhere it may be China's as well as Chicago's.
ZONES_OF_RFC_822 = {"cst": timedelta(hours=-6)}
