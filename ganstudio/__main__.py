from ganstudio.cli.app import main

main()
