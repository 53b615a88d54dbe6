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
			mfactl, err := l.product(ctx)
			if err != nil {
				return nil, err
			}
			_, env, err := l.home("p1")
			if err != nil {
				return nil, err
			}
			return interleave(ctx, l.rounds,
				program{"hello --help", hello, []string{"--help"}, env},
				program{"mfactl --help", mfactl, []string{"--help"}, env},
				program{"mfactl version", mfactl, []string{"version"}, env},
				program{"mfactl completion bash", mfactl, []string{"completion", "bash"}, env})
		},
	}
}
