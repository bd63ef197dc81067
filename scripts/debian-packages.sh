#!/bin/sh
# Installs the programs that only tests or optional parts need, where this machine is a Debian and we may.
#   qpdf, poppler, mupdf, ghostscript   tests look at filled forms with each of them
#   tesseract                           reads scans
#   openssl, libtiff-tools              open what e-mail and fax send
#   HylaFAX, CUPS, D-Bus, Avahi         a fax server and an IPP printer, which tests run for themselves
#   age, gnome-keyring, Vim             open and keep what profile lock makes; edit it
#   LibreOffice, Carlito, Caladea       turn Word forms into PDF with Word's own line breaks
set -eu
missing=
for pair in qpdf:qpdf pdftotext:poppler-utils mutool:mupdf-tools gs:ghostscript tesseract:tesseract-ocr \
    openssl:openssl tiffinfo:libtiff-tools sendfax:hylafax-client faxq:hylafax-server \
    lp:cups-client cupsd:cups-daemon ippeveprinter:cups-ipp-utils dbus-daemon:dbus avahi-daemon:avahi-daemon \
    soffice:libreoffice-writer-nogui age:age gnome-keyring-daemon:gnome-keyring vi:vim-tiny; do
    PATH="$PATH:/usr/sbin" command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
if [ -z "$missing" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "not installed here:$missing; the tests that need them skip" >&2
    exit 0
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "not installed, for want of root:$missing; the tests that need them skip" >&2
    exit 0
fi
echo "installing$missing" >&2
# a mirror that cannot be reached costs the optional tests, not the others
if ! { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq \
    --no-install-recommends $missing tesseract-ocr-spa fonts-crosextra-carlito fonts-crosextra-caladea; } >/dev/null; then
    echo "apt-get could not install$missing; the tests that need them skip" >&2
fi
