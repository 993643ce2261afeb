"""Every command of the program: where its function is (module:function within ganstudio.cli), and what it does."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """One command; the module of `where` is imported when the command is run."""

    where: str
    summary: str


class Group(NamedTuple):
    """Commands under one word, by name. The first line of a function's docstring is its summary."""

    members: dict[str, str]
    summary: str
    alone: str | None = None  # the command that the word alone runs; None: it prints the group's help


COMMANDS: dict[str, Command | Group] = {
    "train": Command("train.command:train", "Train a GAN and follow it."),
    "tui": Command("tui:tui", "Open the dashboard: watch, steer, export and explore from the keyboard."),
    "runs": Group(
        {
            "list": "runs.list:list_runs",
            "show": "runs.show:show",
            "plot": "runs.plot:plot",
            "compare": "runs.compare:compare",
            "pause": "runs.live:pause",
            "continue": "runs.live:continue_run",
            "snapshot": "runs.live:snapshot",
            "evaluate": "runs.live:evaluate",
            "set": "runs.live:set_knobs",
            "fork": "runs.fork:fork",
            "resume": "runs.resume:resume",
            "export": "runs.export:export_run",
            "import": "runs.import_run:import_run",
            "logs": "runs.commands:logs",
            "stop": "runs.commands:stop",
            "remove": "runs.commands:remove",
        },
        "List, show, compare, steer, fork and remove runs.",
    ),
    "data": Group(
        {
            "list": "data.commands:list_data",
            "add": "data.commands:add_data",
            "show": "data.commands:show_data",
            "check": "data.commands:check_data",
            "remove": "data.commands:remove_data",
        },
        "Pack images of any kind; list, show, check and remove data sets.",
    ),
    "report": Command("report:report", "Write a report on runs as one HTML file that can be mailed."),
    "diagnose": Command("diagnose:diagnose", "Say what goes wrong in a run, and what to change."),
    "presets": Group(
        {"list": "presets:list_presets", "show": "presets:show_preset"},
        "List and show the recipes that `train` knows.",
    ),
    "knobs": Command("knobs:knobs", "List every key of --set: default, range, meaning, example."),
    "evaluate": Command("evaluate.command:evaluate", "Measure how near images are to a data set."),
    "check": Command("check:check", "Put an architecture file of your own to the contract's tests."),
    "weights": Group(
        {"list": "weights:list_weights", "fetch": "weights:fetch_weights", "import": "weights:import_weights"},
        "Fetch and import the networks that scores are made with.",
    ),
    "config": Group(
        {
            "list": "config.list:list_settings",
            "set": "config.change:set_value",
            "unset": "config.change:unset",
            "path": "config.path:path",
        },
        "Show every setting and where its value comes from; set, unset.",
        alone="list",
    ),
    "doctor": Command("doctor:doctor", "Look at what this machine has and what is missing."),
    "export": Group(
        {
            "onnx": "export.commands:onnx",
            "list": "export.commands:list_",
            "show": "export.commands:show",
            "verify": "export.commands:verify",
            "import": "export.commands:import_",
            "remove": "export.commands:remove",
        },
        "Write a run's generator as ONNX; list, show, verify, import and remove exports.",
    ),
    "sample": Command("sample.command:sample", "Draw images from an export, without torch."),
    "interpolate": Command("interpolate:interpolate", "Walk from seed to seed: a film, without torch."),
    "edit": Command("latent.edit:edit", "Move what a generator draws along directions with names, without torch."),
    "mix": Command("latent.mix:mix", "Mix the styles of seeds in a grid, without torch."),
    "animate": Command("latent.animate:animate", "Make a film of keyframes, without torch."),
    "encoder": Command("latent.encoder:encoder", "Train the inverse of an export: from images to latents."),
    "project": Command("latent.project:project", "Find the latents that draw given pictures."),
    "directions": Group(
        {
            "find": "directions.find:find",
            "list": "directions.commands:list_",
            "show": "directions.show:show",
            "rename": "directions.commands:rename",
            "remove": "directions.commands:remove",
        },
        "Find directions with names in a model's latents; list, show, rename and remove them.",
    ),
    "upscale": Command("images.upscale:upscale", "Enlarge pictures by a super-resolution model, without torch."),
    "translate": Command("images.translate:translate", "Make pictures of pictures, as pix2pix does, without torch."),
    "inpaint": Command("images.inpaint:inpaint", "Fill in what a mask marks, without torch."),
    "stylize": Command("style.stylize:stylize", "Paint pictures in the style of others, without torch."),
    "styles": Group(
        {
            "add": "style.styles:add",
            "list": "style.styles:list_",
            "show": "style.show:show",
            "remove": "style.styles:remove",
        },
        "Save the styles of pictures by name; list, show and remove them.",
    ),
    "art": Command("style.art:art", "Make pictures in a style, from seeds or of a picture, without torch."),
    "serve": Command("serve.command:serve", "Serve pictures over HTTP: a page, a JSON interface, a model server."),
    "augment": Command("augment.command:augment", "Put synthetic images beside the real ones of a data set."),
    "detect": Command("detect:detect", "Say what pictures tell of how they were made."),
    "completion": Command("completion.command:completion", "Print a script that completes words in a shell."),
}
