// Package libraries links in what mfactl is made of and uses none of it: what
// these libraries do before main, no command of mfactl can be faster than.
package libraries

import (
	_ "filippo.io/age"                    // copies of the key
	_ "github.com/charmbracelet/lipgloss" // styles
	_ "github.com/itchyny/gojq"           // --jq
	_ "github.com/mdp/qrterminal/v3"      // QR codes
	_ "github.com/pquerna/otp/totp"       // codes
	_ "github.com/pressly/goose/v3"       // migrations
	_ "github.com/spf13/viper"            // settings
	_ "golang.org/x/text/secure/precis"   // names
	_ "modernc.org/sqlite"                // the store
)
