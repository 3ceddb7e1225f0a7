// Checks a Lockstep sample with the code that guards Go's module checksums (golang.org/x/mod/sumdb).
// It shares nothing with Lockstep but the published formats, and exits 1 at the first thing that does not hold.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const magic = "c2sp.org/tlog-proof@v1"

func main() {
	if len(os.Args) != 2 {
		fail("usage: check_go FOLDER")
	}
	folder := os.Args[1]
	verifier, err := note.NewVerifier(read(folder, "vkey"))
	must(err)

	head := open(read(folder, "note"), verifier)
	old := open(read(folder, "old.note"), verifier)
	path := hashes(strings.Split(read(folder, "consistency"), "\n"))
	must(tlog.CheckTree(tlog.TreeProof(path), head.N, head.Hash, old.N, old.Hash))

	for n := int64(0); n < head.N; n++ {
		checkProof(folder, n, verifier)
	}
	fmt.Printf("PASS go sumdb: head of %d entries, %d proofs, grown from %d\n", head.N, head.N, old.N)
}

func checkProof(folder string, n int64, verifier note.Verifier) {
	name := fmt.Sprintf("leaf-%d", n)
	text := read(folder, name+".tlog-proof")
	header, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(header, "\n")
	if !found || lines[0] != magic {
		fail("%s: not a tlog-proof", name)
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if lines[0] != "index "+strconv.FormatInt(n, 10) {
		fail("%s: wrong index line %q", name, lines[0])
	}
	head := open(checkpoint, verifier)
	leaf := tlog.RecordHash([]byte(read(folder, name)))
	must(tlog.CheckRecord(tlog.RecordProof(hashes(lines[1:])), head.N, head.Hash, n, leaf))
}

// open verifies a note and reads its checkpoint. tlog.ParseTree knows only Go's own origin, so the lines are read here.
func open(text string, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], verifier.Name()+"/") {
		fail("not a checkpoint of %s: %q", verifier.Name(), opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return tlog.Tree{N: size, Hash: hashes(lines[2:3])[0]}
}

func hashes(lines []string) []tlog.Hash {
	var out []tlog.Hash
	for _, line := range lines {
		raw, err := base64.StdEncoding.Strict().DecodeString(line)
		must(err)
		var hash tlog.Hash
		if copy(hash[:], raw) != len(hash) || len(raw) != len(hash) {
			fail("not a hash: %q", line)
		}
		out = append(out, hash)
	}
	return out
}

func read(folder, name string) string {
	bytes, err := os.ReadFile(filepath.Join(folder, name))
	must(err)
	return string(bytes)
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "go sumdb refuses: "+format+"\n", args...)
	os.Exit(1)
}
