# lib.sh -- what the run scripts share. A run script begins with
#   source "$(dirname "$0")/../lib.sh"
# which reads the command line `run [--quick] OUT [FOLDER]` into `quick` (0 or 1), `out` (made; absolute), `folder` (empty: none) and
# `here` (the experiment's own folder), and finds the command `retrograde` (RETROGRADE, or that of build/).
# It ends with `finish`. See README.md for what a run promises.
# shellcheck shell=bash disable=SC2034
set -Eeuo pipefail
trap 'echo "$0: line $LINENO: failed: $BASH_COMMAND" >&2' ERR
here=$(cd "$(dirname "$0")" && pwd)
name=$(basename "$here")
quick=0
if [ "${1-}" = --quick ]; then
    quick=1
    shift
fi
out=${1:?usage: run [--quick] OUT [FOLDER]}
folder=${2-}
retrograde=${RETROGRADE:-$here/../../build/retrograde}
data=()
dataset=
classes=
missed=0
command -v "$retrograde" > /dev/null || {
    echo "$name: there is no $retrograde: build it, or name the command by RETROGRADE" >&2
    exit 2
}
mkdir -p "$out"
out=$(cd "$out" && pwd)
export OPENBLAS_NUM_THREADS=1

skip () # SENTENCE: this cannot run here
{
    echo "$name: $1"
    exit 77
}

# MNIST's four files where FOLDER or the variable MNIST names them, else Debian's Fashion-MNIST: into `data` (settings
# for the command), `folder`, and `dataset` and `classes` (for titles).
use_images ()
{
    folder=${folder:-${MNIST-}}
    if [ -n "$folder" ]; then
        dataset=MNIST
        classes="0 1 2 3 4 5 6 7 8 9"
        data=(--set data.kind=idx --set data.directory="$(cd "$folder" && pwd)")
        return
    fi
    folder=/usr/share/datasets/fashion-mnist
    dataset=Fashion-MNIST
    classes="T-shirt trousers pullover dress coat sandal shirt sneaker bag boot"
    [ -e "$folder" ] || skip "no images: install Debian's package dataset-fashion-mnist, or name MNIST's folder"
}

# The folder of Omniglot's images_background.npz: FOLDER or the variable OMNIGLOT, into `folder`.
use_omniglot ()
{
    folder=${folder:-${OMNIGLOT-}}
    [ -n "$folder" ] || skip "no Omniglot: name the folder of its files by OMNIGLOT=FOLDER"
    folder=$(cd "$folder" && pwd)
}

# STUDY CONFIG SETTING...: one study in OUT/STUDY, its summary in OUT/STUDY.json.
tune ()
{
    local study=$out/$1 config=$2
    shift 2
    rm -rf "$study"
    "$retrograde" tune "$config" ${data[@]+"${data[@]}"} "$@" --study "$study" --json > "$study.json" 2> "$study.log" || {
        cat "$study.log" >&2
        return 1
    }
}

# KEY FILE: the numbers under a key of JSON lines.
value ()
{
    sed -nE "s/.*\"$1\": ?([^],} ]*).*/\1/p" "$2"
}

# STUDY KEY...: these columns of a study's journal, a line a meta-iteration.
journal ()
{
    local study=$out/$1 key files=()
    shift
    for key in "$@"; do
        value "$key" "$study/journal.jsonl" > "$study.$key"
        files+=("$study.$key")
    done
    paste -d ' ' "${files[@]}"
    rm "${files[@]}"
}

# FILE.npy COLUMNS: its doubles as text, so many a line.
numbers ()
{
    od -A n -v -t f8 -w$((8 * $2)) -j $((10 + $(od -A n -t u2 -j 8 -N 2 "$1"))) "$1"
}

# PROGRAM: compile PROGRAM.c into OUT/PROGRAM, against the library of the build tree BUILD (that of the command), or, with
# BUILD=installed, against what pkg-config finds.
compile ()
{
    local build=${BUILD:-$(dirname "$retrograde")} root=$here/../.. flags
    if [ "$build" = installed ]; then
        read -ra flags <<< "$(pkg-config --cflags --libs retrograde)"
    else
        flags=(-I"$root/include" -I"$build/include" -L"$build/.libs" "-Wl,-rpath,$(cd "$build/.libs" && pwd)" -lretrograde)
    fi
    ${CC:-cc} -std=c11 -O2 -Wall -Wextra -o "$out/$1" "$here/$1.c" "${flags[@]}" -lm
}

# EXPECTATION CONDITION: what is accepted, as a sentence, and as an expression of awk.
must ()
{
    awk "BEGIN { exit !($2) }" || {
        echo "MISSED: $1 ($2)"
        missed=1
    }
}

# FILE [WIDTH,HEIGHT] [SETTING]: let gnuplot draw FILE.gp, in OUT, into FILE.svg (FIGURE=png: FILE.png). The script finds the
# data set's name in `dataset`, its classes' in `classes`, and what SETTING, of gnuplot, defines.
draw ()
{
    local format=${FIGURE:-svg} terminal
    command -v gnuplot > /dev/null || {
        echo "no figure: gnuplot is not installed (Debian's package gnuplot-nox)"
        return
    }
    terminal=$([ "$format" = png ] && echo pngcairo || echo "$format")
    (cd "$out" && gnuplot -e "set terminal $terminal size ${2:-900,480} font 'sans,12' background 'white'" \
        -e "set output '$1.$format'; dataset = '$dataset'; classes = '$classes'; ${3-}" "$here/$1.gp")
    echo "figure: $out/$1.$format"
}

# FINDING: the last line, one sentence with figures; exit status 1 where something was missed.
finish ()
{
    [ $missed = 0 ] || echo "MISSED: see README.md"
    echo "$1"
    exit $missed
}
