package main

import "context"

// startUp is P1: what a person waits for who asks for no more than words.
func startUp() operation {
	return operation{
		name: "P1", what: "start: --help, version, completion", against: "a program of cobra and its --help", goal: 1.5,
		measure: func(ctx context.Context, l *lab) ([]figure, error) {
			hello, err := l.yard(ctx, "hello")
			if err != nil {
				return nil, err
			}
			linked, err := l.linked(ctx, "hello")
			if err != nil {
				return nil, err
			}
			mfactl, err := l.product(ctx)
			if err != nil {
				return nil, err
			}
			_, env, err := l.home("p1")
			if err != nil {
				return nil, err
			}
			return interleave(ctx, l.rounds,
				program{name: "hello --help", bin: hello, args: []string{"--help"}, env: env},
				program{name: "mfactl --help", bin: mfactl, args: []string{"--help"}, env: env},
				program{name: "mfactl version", bin: mfactl, args: []string{"version"}, env: env},
				program{name: "mfactl completion bash", bin: mfactl, args: []string{"completion", "bash"}, env: env},
				program{name: "(the libraries alone)", bin: linked, args: []string{"--help"}, env: env, aside: true})
		},
	}
}
