// Package serve keeps an HTTP handler on the network: listeners, certificates,
// limits, health, metrics and the way in and out of a service manager.
//
// # What is bounded
//
// The time of every step of a request, the length of its head, the number of
// connections (OWASP ASVS 13.1.2, 13.1.3). If there are too many, the one that has
// waited longest for its client is closed: ten thousand silent connections keep no client out.
//
// # What it must never do
//
// Know what it serves: it has no route of its own but health and metrics. Listen in
// clear where another machine could hear it (OWASP ASVS 12.2.1). Log a header, a
// body or a query.
package serve
