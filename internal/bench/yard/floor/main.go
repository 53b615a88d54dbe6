// Command floor is the yardstick of a server that verifies codes: it reads a request
// of JSON, looks up one row, updates it in one durable transaction, and answers in
// JSON. It authorizes no caller, computes nothing and records nothing.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver
)

func main() {
	if err := serve(context.Background(), os.Args[1]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// users is how many rows there are.
const users = 64

// serve makes a database beside the others of the lab and serves it, on an address
// that it prints.
func serve(ctx context.Context, path string) error {
	write, err := open(path, 1)
	if err != nil {
		return err
	}
	read, err := open(path, 8)
	if err != nil {
		return err
	}
	if _, err := write.ExecContext(ctx, "CREATE TABLE users (name TEXT PRIMARY KEY, counter INTEGER NOT NULL) STRICT"); err != nil {
		return err
	}
	for i := range users {
		if _, err := write.ExecContext(ctx, "INSERT INTO users VALUES ($1, 0)", fmt.Sprintf("user%d@acme.example", i)); err != nil {
			return err
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Println(l.Addr()); err != nil { //nolint:forbidigo // for who started it
		return err
	}
	s := &http.Server{Handler: handler(read, write), ReadHeaderTimeout: 5 * time.Second}
	return s.Serve(l)
}

// open opens the database as mfactl opens one.
func open(path string, conns int) (*sql.DB, error) {
	q := url.Values{
		"_txlock": {"immediate"}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_foreign_keys": {"1"}, "_busy_timeout": {"5000"},
		"_pragma": {"secure_delete(1)", "journal_size_limit(8388608)", "trusted_schema(0)", "cell_size_check(1)"},
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err == nil {
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
	}
	return db, err
}

func handler(read, write *sql.DB) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct{ User, Code string }
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			http.Error(w, "malformed", http.StatusBadRequest)
			return
		}
		var counter int64
		if err := read.QueryRowContext(r.Context(), "SELECT counter FROM users WHERE name = $1", req.User).Scan(&counter); err != nil {
			http.Error(w, "nobody", http.StatusNotFound)
			return
		}
		if _, err := write.ExecContext(r.Context(), "UPDATE users SET counter = counter + 1 WHERE name = $1", req.User); err != nil {
			http.Error(w, "not written", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"user": req.User, "ok": true, "counter": counter})
	})
}
