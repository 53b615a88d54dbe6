package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// served is a server that is measured.
type served struct {
	url   string
	token string // empty: it asks for none
	http  *http.Client
}

func newServed(url, token string) *served {
	return &served{url: url, token: token, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

// post makes one request; any answer but the wanted one is an error.
func (s *served) post(ctx context.Context, body string, want int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
		r.Header.Set("Idempotency-Key", rand.Text())
	}
	resp, err := s.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != want {
		err = fmt.Errorf("%s: %s", resp.Status, b)
	}
	return err
}

// load has clients make their requests at the same time, each one after the other, and
// returns how long that took.
func (s *served) load(ctx context.Context, clients [][]string, want int) (time.Duration, error) {
	failed := make(chan error, len(clients))
	var all sync.WaitGroup
	start := time.Now()
	for _, requests := range clients {
		all.Go(func() {
			for _, body := range requests {
				if err := s.post(ctx, body, want); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	all.Wait()
	took := time.Since(start)
	close(failed)
	return took, <-failed
}
