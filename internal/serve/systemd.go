package serve

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notify tells the service manager, if there is one, that the server serves, and for
// as long as it asks for that, that it lives. What it returns tells of the end.
func notify(ctx context.Context) (stop func()) {
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady) // there may be no service manager
	if every, err := daemon.SdWatchdogEnabled(false); err == nil && every > 0 {
		go watchdog(ctx, every/2)
	}
	return func() { _, _ = daemon.SdNotify(false, daemon.SdNotifyStopping) }
}

// watchdog tells that the process lives. Whether it can serve is another question: a
// full disk is not mended by a new start.
func watchdog(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog)
		}
	}
}
