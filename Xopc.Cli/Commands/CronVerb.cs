using System.Text.Json;
using Xopc.Cli.Conversation;

namespace Xopc.Cli.Commands;

/// <summary><c>xopc cron</c>: what is said at certain times.</summary>
internal sealed class CronVerb : Verb
{
    public CronVerb(CliContext cli) : base(
        "cron", "Schedule what an agent is asked, or what is said, at certain times; see what became of it.",
        "xopc cron add \"0 8 * * 1-5\" --timezone Europe/Berlin --message \"What is on today?\" --to telegram:123456789", "xopc cron list", "xopc cron history morning")
    {
        Add(new CronListVerb(cli));
        Add(new CronAddVerb(cli));
        Add(new CronEditVerb(cli));
        Add(new CronJobVerb(cli, "show", "Show one job with all its fields.", HttpMethod.Get, "", Shown));
        Add(new CronJobVerb(cli, "remove", "Remove a job and its history.", HttpMethod.Delete, "", static _ => ["It is gone."]));
        Add(new CronJobVerb(cli, "enable", "Switch a job on.", HttpMethod.Post, "/toggle", static _ => ["It is on."]) { Json = """{"enabled":true}""" });
        Add(new CronJobVerb(cli, "disable", "Switch a job off.", HttpMethod.Post, "/toggle", static _ => ["It is off."]) { Json = """{"enabled":false}""" });
        Add(new CronJobVerb(cli, "run", "Run a job now; does not wait for it.", HttpMethod.Post, "/run", static answer => [$"It runs as {answer.Text("occurrenceId")}; see xopc cron history."]));
        Add(new CronJobVerb(cli, "acknowledge", "Take the mark off a job that failed again and again.", HttpMethod.Post, "/acknowledge", static _ => ["It is no longer marked."]));
        Add(new CronHistoryVerb(cli));
        Add(new CronPreviewVerb(cli));
    }

    private static IEnumerable<string> Shown(JsonElement answer) =>
        answer.Child("job") is { } job
            ? job.EnumerateObject().Select(static field => $"{field.Name,-14} {(field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString() : field.Value.GetRawText())}")
            : [];
}
