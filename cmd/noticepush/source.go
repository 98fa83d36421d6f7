package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mail is one mail to push, as it is. name is for the person who pushes it.
type mail struct {
	name string
	data []byte
}

// errEmpty says that there is no mail where one was given.
var errEmpty = errors.New("there is no mail in it")

// files names the files that the arguments mean: files themselves, "-" for
// standard input, and the mails of Maildir folders.
func files(args []string) (paths []string, err error) {
	for _, arg := range args {
		if arg == "-" {
			paths = append(paths, arg)
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg, errors.Unwrap(err))
		}
		if !info.IsDir() {
			paths = append(paths, arg)
			continue
		}
		if !isMaildir(arg) {
			return nil, fmt.Errorf("%s is a folder, and no Maildir (it has no new and cur); give its files, or --watch it", arg)
		}
		inside, err := maildir(arg)
		if err != nil {
			return nil, err
		}
		paths = append(paths, inside...)
	}
	return paths, nil
}

func isMaildir(dir string) bool {
	for _, sub := range []string{"new", "cur"} {
		if info, err := os.Stat(filepath.Join(dir, sub)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// maildir lists the mails of a Maildir in order of delivery: their names begin
// with the time. What is in tmp is not delivered yet.
func maildir(dir string) (paths []string, err error) {
	for _, sub := range []string{"new", "cur"} {
		inside, err := visible(filepath.Join(dir, sub))
		if err != nil {
			return nil, err
		}
		paths = append(paths, inside...)
	}
	slices.SortStableFunc(paths, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	return paths, nil
}

// visible lists the files of a folder that are meant to be seen.
func visible(dir string) (paths []string, err error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

// mails reads the mails of a file, one after the other: a file is one mail, or
// an mbox with several. An error comes with the name of what could not be read.
func mails(path string, stdin io.Reader) iter.Seq2[mail, error] {
	return func(yield func(mail, error) bool) {
		r, name := stdin, "standard input"
		if path != "-" {
			f, err := os.Open(filepath.Clean(path))
			if err != nil {
				yield(mail{name: path}, errors.Unwrap(err))
				return
			}
			defer func() { _ = f.Close() }()
			r, name = f, path
		}
		in := bufio.NewReader(r)
		if !isMbox(in) {
			data, err := io.ReadAll(in)
			if err == nil && len(data) == 0 {
				err = errEmpty
			}
			yield(mail{name: name, data: data}, err)
			return
		}
		box := &mbox{r: in}
		for n := 1; ; n++ {
			data, err := box.next()
			if errors.Is(err, io.EOF) {
				if n == 1 {
					yield(mail{name: name}, errEmpty)
				}
				return
			}
			if !yield(mail{name: fmt.Sprintf("%s, mail %d", name, n), data: data}, err) || err != nil {
				return
			}
		}
	}
}
