module github.com/mfactl/mfactl

go 1.26.0

require (
	github.com/charmbracelet/lipgloss v1.1.0
	github.com/mdp/qrterminal/v3 v3.2.1
	github.com/pquerna/otp v1.5.0
	github.com/spf13/cobra v1.10.2
	github.com/spf13/viper v1.21.0
	modernc.org/sqlite v1.61.1
)

require github.com/boombuler/barcode v1.0.1-0.20190219062509-6c824513bacc // indirect
