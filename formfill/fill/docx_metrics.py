"""How wide a text is in the fonts that office documents are written in.

A filled blank keeps its length, so the width of a value must be known without the font: most machines that fill forms
do not have Calibri, and a form must come out the same on each. Widths are advances in thousandths of the font size,
for the characters U+0020 to U+007E, read from the /Widths of published PDFs that embed the fonts (Cambria's rarer
signs from Caladea).

Limits: kerning and ligatures are not counted (Word uses neither unless told to); letters outside ASCII count as the
letter below their accents or as one of their shape, CJK as one em, other scripts as an average letter. Italics count as
upright.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_FIRST = 0x20

# fmt: off
_ADVANCES = {
    ("calibri", False):
        "226 325 400 498 506 714 682 221 303 303 498 498 250 306 252 386 507 507 507 507 507 507 507 507 507 507 "
        "268 268 498 498 498 463 894 579 544 533 615 488 459 631 623 252 319 520 420 855 646 662 517 673 543 459 "
        "487 642 567 890 519 487 468 306 386 306 498 498 291 479 525 423 525 498 305 471 525 229 239 455 229 799 "
        "525 527 525 525 349 391 335 525 452 715 433 453 395 314 460 314 498",
    ("calibri", True):
        "226 326 438 498 507 729 705 233 312 312 498 498 258 306 267 430 507 507 507 507 507 507 507 507 507 507 "
        "276 276 498 498 498 463 898 606 561 529 630 488 459 637 631 267 331 547 423 874 659 676 532 686 563 473 "
        "495 653 591 906 551 520 478 325 430 325 498 498 300 494 537 418 537 503 316 474 537 246 255 480 246 813 "
        "537 538 537 537 355 399 347 537 473 745 459 474 397 344 475 344 498",
    ("cambria", False):
        "220 286 393 619 506 890 688 237 382 382 427 554 205 332 205 490 554 554 554 554 554 554 554 554 554 554 "
        "264 264 554 554 554 422 885 623 611 563 662 575 537 611 687 324 304 630 537 815 681 653 568 599 621 496 "
        "593 648 604 921 571 570 507 350 490 350 554 371 151 488 547 441 555 488 303 494 552 278 266 524 271 832 "
        "558 531 556 547 414 430 338 552 504 774 483 504 455 387 316 387 712",
    ("cambria", True):
        "220 335 422 618 543 976 740 251 408 408 453 592 232 337 232 505 592 592 592 592 592 592 592 592 592 592 "
        "280 280 592 592 592 452 921 652 651 573 705 578 551 646 722 350 340 682 551 846 679 695 614 695 662 513 "
        "639 676 634 961 616 604 566 368 505 368 592 371 184 535 591 469 597 531 326 520 597 314 297 592 308 890 "
        "604 569 597 591 461 459 365 597 531 798 525 531 479 393 320 393 592",
    ("arial", False):
        "278 277 354 556 556 889 667 190 333 333 389 583 278 333 278 278 556 556 556 556 556 556 556 556 556 556 "
        "278 278 583 583 583 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 777 722 667 "
        "611 722 667 944 667 667 611 277 277 277 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 "
        "556 556 556 556 333 500 278 556 500 722 500 500 500 333 259 333 583",
    ("arial", True):
        "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 "
        "333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 "
        "611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 "
        "611 611 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584",
    ("times", False):
        "250 333 408 500 500 833 778 180 333 333 500 564 250 333 250 278 500 500 500 500 500 500 500 500 500 500 "
        "278 278 564 564 564 444 921 722 667 667 722 611 556 722 722 333 389 722 611 889 722 722 556 722 667 556 "
        "611 722 722 944 722 722 611 333 278 333 469 500 333 444 500 444 500 444 333 500 500 278 278 500 278 778 "
        "500 500 500 500 333 389 278 500 500 722 500 500 444 480 200 480 541",
    ("times", True):
        "250 333 555 500 500 1000 833 278 333 333 500 570 250 333 250 278 500 500 500 500 500 500 500 500 500 500 "
        "333 333 570 570 570 500 930 722 667 722 722 667 611 778 778 389 500 778 667 944 722 778 611 778 722 556 "
        "667 722 722 1000 722 722 667 333 278 333 581 500 333 500 556 444 556 444 333 500 556 278 333 556 278 833 "
        "556 500 556 556 444 389 333 556 500 722 500 500 444 394 220 394 520",
    ("tahoma", False):
        "313 332 401 728 546 977 674 211 383 383 546 728 303 363 303 382 546 546 546 546 546 546 546 546 546 546 "
        "354 354 728 728 728 474 909 600 589 601 678 561 521 667 675 373 417 588 498 771 667 708 551 708 621 557 "
        "584 656 597 902 581 576 559 383 382 383 728 546 546 525 553 461 553 526 318 553 558 229 282 498 229 840 "
        "558 543 553 553 360 446 334 558 498 742 495 498 444 480 382 480 728",
    ("tahoma", True):
        "293 343 489 818 637 1199 781 275 454 454 637 818 313 431 313 577 637 637 637 637 637 637 637 637 637 637 "
        "363 363 818 818 818 566 920 685 686 667 757 615 581 745 764 483 500 696 572 893 771 770 657 770 726 633 "
        "612 739 675 1028 685 670 623 454 577 454 818 637 546 599 632 527 629 594 382 629 640 302 363 603 302 954 "
        "640 617 629 629 434 515 416 640 579 890 604 576 526 623 637 623 818",
}
# fmt: on

#: dict[font name in lower case, (measured family, how much wider it runs)], measured on the letters and digits
_FAMILIES = {
    "calibri": ("calibri", 1.0),
    "carlito": ("calibri", 1.0),
    "candara": ("calibri", 1.06),
    "corbel": ("calibri", 1.05),
    "gill sans mt": ("calibri", 1.0),
    "aptos": ("calibri", 1.07),
    "cambria": ("cambria", 1.0),
    "caladea": ("cambria", 1.0),
    "arial": ("arial", 1.0),
    "helvetica": ("arial", 1.0),
    "liberation sans": ("arial", 1.0),
    "nimbus sans": ("arial", 1.0),
    "roboto": ("arial", 0.98),
    "open sans": ("arial", 1.03),
    "century gothic": ("arial", 1.05),
    "arial narrow": ("arial", 0.82),
    "arial black": ("arial", 1.25),
    "times new roman": ("times", 1.0),
    "times": ("times", 1.0),
    "liberation serif": ("times", 1.0),
    "nimbus roman": ("times", 1.0),
    "garamond": ("times", 0.96),
    "georgia": ("times", 1.1),
    "book antiqua": ("times", 1.07),
    "palatino linotype": ("times", 1.07),
    "century schoolbook": ("times", 1.1),
    "tahoma": ("tahoma", 1.0),
    "segoe ui": ("tahoma", 1.0),
    "verdana": ("tahoma", 1.14),
    "trebuchet ms": ("tahoma", 0.98),
}
_MONOSPACED = ("courier", "consolas", "lucida console", "mono")
_AVERAGE = 560
_AVERAGE_ARABIC = 470
#: Letters without a decomposition, and the ASCII letter that is about as wide; Cyrillic and Greek by their shapes.
_ALIKE = {
    **str.maketrans("ŁłĐđØøıĦħŦŧßÞþÐðŒœÆæ", "LlDdOoiHhTtBPpDdMmMm"),
    **str.maketrans("АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЇЄҐЁ", "ABBLDEWENNKNMHOHPCTYOXHHMMBMBCMRIICLE"),
    **str.maketrans("абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґё", "aoeroemcnnknmnonpccywxnnmmomocmoiicre"),
    **str.maketrans("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", "ABLAEZHOIKAMNEOHPETYOXYO"),
    **str.maketrans("αβγδεζηθικλμνξοπρσςτυφχψω", "aoyoccnoikvuvconooctuoxww"),
}


@cache
def _table(family: str, bold: bool) -> tuple[int, ...]:
    return tuple(int(advance) for advance in _ADVANCES[family, bold].split())


def char_width(char: str, font: str, size_pt: float, bold: bool = False) -> float:
    """The advance of one character in points; an unknown font counts as Arial, which runs wider than most."""
    name = font.lower().strip()
    if any(part in name for part in _MONOSPACED):
        return 0.6 * size_pt
    family, factor = _FAMILIES.get(name, ("arial", 1.0))
    return _thousandths(char, family, bold) * factor * size_pt / 1000


def text_width(text: str, font: str, size_pt: float, bold: bool = False) -> float:
    """The width of a line of text in points."""
    return sum(char_width(char, font, size_pt, bold) for char in text)


@cache
def _thousandths(char: str, family: str, bold: bool) -> int:
    table = _table(family, bold)
    base = " " if char in "\u00a0\u202f" else unicodedata.normalize("NFD", char)[0].translate(_ALIKE)
    index = ord(base) - _FIRST
    if 0 <= index < len(table):
        return table[index]
    if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
        return 0
    if char == "\u2002":
        return 500
    if unicodedata.east_asian_width(char) in "WF" or "\u2500" <= char <= "\u27bf":
        return 1000
    # joined letters are narrower than those that stand alone
    return _AVERAGE_ARABIC if unicodedata.bidirectional(char) == "AL" else _AVERAGE
