package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/ppn-triage/ppn-triage/triage/letter"
)

// A PDF is read in a child process: a file made to hang or to fill the memory
// ends the child and costs one attachment, which a person then reads.
const (
	pdfArg     = "read-pdf"
	pdfTime    = 5 * time.Second
	pdfCPU     = 4       // seconds
	pdfMemory  = 1 << 30 // bytes of address space
	pdfAnswer  = 16 << 20
	pdfAtATime = 2
)

// errPDF says that the child gave no answer.
var errPDF = errors.New("the PDF reader gave no answer")

type pdfText struct {
	Text   string
	Fields [][2]string
	Err    string // a code of pdfErrors, or the error's text
}

// pdfErrors are the errors of package letter that mean something to it, by the
// code they travel under.
var pdfErrors = map[string]error{"locked": letter.ErrPDFLocked, "no_text": letter.ErrPDFNoText, "limit": letter.ErrPDFLimit}

// PDFChild is the child's main: it reads a PDF from standard input and writes
// its text to standard output. It returns false when the program was not
// started as one.
func PDFChild() bool {
	if len(os.Args) != 2 || os.Args[1] != pdfArg {
		return false
	}
	_ = syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: pdfCPU, Max: pdfCPU})
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 8, Max: 8})
	var out pdfText
	b, err := io.ReadAll(os.Stdin)
	if err == nil {
		out.Text, out.Fields, err = letter.PDF(b)
	}
	if err != nil {
		out.Err = err.Error()
		for code, known := range pdfErrors {
			if errors.Is(err, known) {
				out.Err = code
			}
		}
	}
	_ = json.NewEncoder(os.Stdout).Encode(out)
	return true
}

// readPDF has a child read a PDF.
func (d *Daemon) readPDF(pdf []byte) (string, [][2]string, error) {
	d.pdfs <- struct{}{}
	defer func() { <-d.pdfs }()
	ctx, cancel := context.WithTimeout(context.Background(), pdfTime)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return "", nil, errPDF
	}
	cmd := exec.CommandContext(ctx, self, pdfArg) //nolint:gosec // ourselves
	cmd.Env = []string{fmt.Sprintf("GOMEMLIMIT=%d", pdfMemory/2), "GOMAXPROCS=1"}
	cmd.Stdin = bytes.NewReader(pdf)
	cmd.WaitDelay = time.Second
	var answer bytes.Buffer
	cmd.Stdout = &limited{to: &answer, left: pdfAnswer}
	if err := cmd.Run(); err != nil {
		return "", nil, errPDF
	}
	var out pdfText
	if err := json.Unmarshal(answer.Bytes(), &out); err != nil {
		return "", nil, errPDF
	}
	if known := pdfErrors[out.Err]; known != nil {
		return out.Text, out.Fields, known
	}
	if out.Err != "" {
		return out.Text, out.Fields, errors.New(out.Err)
	}
	return out.Text, out.Fields, nil
}

// limited refuses what is more than it has left.
type limited struct {
	to   io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errPDF
	}
	return l.to.Write(p)
}
