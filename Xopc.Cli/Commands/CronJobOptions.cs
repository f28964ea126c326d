using System.CommandLine;
using System.Text.Json.Nodes;

namespace Xopc.Cli.Commands;

/// <summary>What a job is besides its schedule, as options; only what is given is sent.</summary>
internal sealed class CronJobOptions
{
    private readonly Option<string?> _name = Text("--name", "What people call it", "name");
    private readonly Option<string?> _message = Text("--message", "What an agent is asked", "text");
    private readonly Option<string?> _event = Text("--event", "Instead of --message: what is said as it is", "text");
    private readonly Option<string?> _session = new("--session") { Description = "isolated: a session of its own; main: the agent's main one" };
    private readonly Option<string?> _agent = Text("--agent", "The agent (else the default one)", "id");
    private readonly Option<string?> _model = Text("--model", "The model (else the agent's)", "model");
    private readonly Option<string?> _to = Text("--to", "Where the answer goes: telegram:123456789", "channel:chat");
    private readonly Option<string?> _account = Text("--account", "The channel's account (else default)", "id");
    private readonly Option<int?> _timeout = new("--timeout") { Description = "Seconds an attempt may take, 1 to 300" };
    private readonly Option<int?> _retries = new("--retries") { Description = "Further attempts of a run that failed, 0 to 10" };
    private readonly Option<string?> _missed = new("--missed") { Description = "What becomes of instants that were missed: skip, latest, all" };
    private readonly Option<string?> _overlap = new("--overlap") { Description = "When the last run is still at work: skip, queue, cancel-previous" };
    private readonly Option<string?> _ends = Text("--ends-at", "No instant after it is due", "moment");
    private readonly Option<int?> _runs = new("--max-runs") { Description = "So many instants are let run" };
    private readonly Option<string[]> _tags = new("--tag") { Description = "A word to find it by; repeatable" };

    public void AddTo(Command verb)
    {
        foreach (var option in (Option[])[_name, _message, _event, _session, _agent, _model, _to, _account, _timeout, _retries, _missed, _overlap, _ends, _runs, _tags])
        {
            verb.Add(option);
        }

        _session.AcceptOnlyFromAmong("main", "isolated");
        _missed.AcceptOnlyFromAmong("skip", "latest", "all");
        _overlap.AcceptOnlyFromAmong("skip", "queue", "cancel-previous");
        verb.Validators.Add(result =>
        {
            if (result.GetValue(_message) is not null && result.GetValue(_event) is not null)
            {
                result.AddError("Say --message or --event; one of them.");
            }

            if (result.GetValue(_to) is { } to && to.IndexOf(':') is var colon && (colon < 1 || colon == to.Length - 1))
            {
                result.AddError($"--to is no channel:chat, as telegram:123456789: {to}");
            }
        });
    }

    /// <summary>Whether it says what a new job does.</summary>
    public bool SaysWhat(System.CommandLine.Parsing.CommandResult result) => result.GetValue(_message) is not null || result.GetValue(_event) is not null;

    public void Fill(ParseResult parsed, JsonObject body)
    {
        Put(body, "name", parsed.GetValue(_name));
        Put(body, "sessionTarget", parsed.GetValue(_session));
        Put(body, "agentId", parsed.GetValue(_agent));
        Put(body, "model", parsed.GetValue(_model));
        Put(body, "missed", parsed.GetValue(_missed));
        Put(body, "overlap", parsed.GetValue(_overlap));
        Put(body, "endsAt", parsed.GetValue(_ends));
        Put(body, "message", parsed.GetValue(_message));
        Put(body, "timeout", parsed.GetValue(_timeout) is { } seconds ? seconds * 1_000L : null);
        Put(body, "maxRetries", parsed.GetValue(_retries));
        Put(body, "maxRuns", parsed.GetValue(_runs));
        if (parsed.GetValue(_event) is { } text)
        {
            body["payload"] = new JsonObject { ["kind"] = "systemEvent", ["text"] = text };
        }

        if (parsed.GetValue(_to) is { } to)
        {
            var colon = to.IndexOf(':');
            var delivery = new JsonObject { ["mode"] = "direct", ["channel"] = to[..colon], ["to"] = to[(colon + 1)..] };
            Put(delivery, "accountId", parsed.GetValue(_account));
            body["delivery"] = delivery;
        }

        if (parsed.GetValue(_tags) is { Length: > 0 } tags)
        {
            body["tags"] = new JsonArray([.. tags.Select(static tag => (JsonNode)tag)]);
        }
    }

    private static void Put(JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }

    private static Option<string?> Text(string name, string description, string help) => new(name) { Description = description, HelpName = help };
}
