// Command tlogcheck reads what a stallbox ledger shows with the Go project's own sumdb packages.
//
//	tlogcheck receipt  NAME KEY FILE             the receipt's leaf stands under a checkpoint of this log
//	tlogcheck growth   NAME KEY OLD NEW HASH...  the checkpoint NEW continues the checkpoint OLD
//	tlogcheck cosigned NAME KEY FILE             prints when this cosigner saw the checkpoint
//	tlogcheck answered NAME KEY FILE NAME KEY    the checkpoint is signed by this log and by the cosigner named last
//
// NAME is a note key's name, KEY its 32 bytes in base64. The exit status is 0 for yes, 1 for no with the reason.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) < 5 {
		fail(2, errors.New("usage: tlogcheck receipt|growth|cosigned|answered NAME KEY FILE..."))
	}
	name, key := os.Args[2], decode(os.Args[3])
	if len(key) != ed25519.PublicKeySize {
		fail(2, errors.New("KEY is not 32 bytes"))
	}
	var err error
	switch os.Args[1] {
	case "receipt":
		err = receipt(logVerifier(name, key), read(os.Args[4]))
	case "growth":
		err = growth(logVerifier(name, key), read(os.Args[4]), read(os.Args[5]), os.Args[6:])
	case "cosigned":
		err = cosigned(cosigner{name, key}, read(os.Args[4]))
	case "answered":
		if len(os.Args) != 7 {
			fail(2, errors.New("answered takes a log and a cosigner"))
		}
		err = answered(logVerifier(name, key), cosigner{os.Args[5], decode(os.Args[6])}, read(os.Args[4]))
	default:
		err = fmt.Errorf("unknown check %q", os.Args[1])
	}
	if err != nil {
		fail(1, err)
	}
}

func receipt(log note.Verifier, text string) error {
	head, signed, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	tree, err := open(log, signed)
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	proof, err := hashes(lines[3:])
	if err != nil {
		return err
	}
	leaf := decode(strings.TrimPrefix(lines[1], "extra "))
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

func growth(log note.Verifier, older, newer string, lines []string) error {
	from, err := open(log, older)
	if err != nil {
		return err
	}
	to, err := open(log, newer)
	if err != nil {
		return err
	}
	proof, err := hashes(lines)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, to.N, to.Hash, from.N, from.Hash)
}

func cosigned(by cosigner, text string) error {
	opened, err := note.Open([]byte(text), note.VerifierList(by))
	if err != nil {
		return err
	}
	signature := decode(opened.Sigs[0].Base64)
	fmt.Println(binary.BigEndian.Uint64(signature[4:]))
	return nil
}

// answered opens a note that both keys have signed, and no other.
func answered(log note.Verifier, by cosigner, text string) error {
	if _, err := open(log, text); err != nil {
		return err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(log, by))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != 2 || len(opened.UnverifiedSigs) != 0 {
		return fmt.Errorf("%d signatures hold, %d are of others", len(opened.Sigs), len(opened.UnverifiedSigs))
	}
	return nil
}

// open verifies a checkpoint and returns its size and root.
func open(log note.Verifier, text string) (tlog.Tree, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(log))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func logVerifier(name string, key ed25519.PublicKey) note.Verifier {
	encoded, err := note.NewEd25519VerifierKey(name, key)
	if err != nil {
		fail(2, err)
	}
	verifier, err := note.NewVerifier(encoded)
	if err != nil {
		fail(2, err)
	}
	return verifier
}

// A cosigner verifies C2SP tlog-cosignature v1, which sumdb/note leaves to its callers.
type cosigner struct {
	name string
	key  ed25519.PublicKey
}

func (c cosigner) Name() string { return c.name }

func (c cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key...))
	return binary.BigEndian.Uint32(sum[:])
}

func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	when := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", when, text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

func hashes(lines []string) (found []tlog.Hash, err error) {
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}

func read(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		fail(2, err)
	}
	return string(data)
}

func decode(text string) []byte {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		fail(1, err)
	}
	return data
}

func fail(status int, err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(status)
}
