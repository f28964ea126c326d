using System.CommandLine;
using System.Text.Json.Nodes;

namespace Xopc.Cli.Commands;

/// <summary>The three ways to say when: a cron expression, <c>--every</c>, <c>--at</c>.</summary>
internal sealed class CronScheduleOptions
{
    private readonly Argument<string?> _cron;
    private readonly Option<string?> _every = new("--every") { Description = "Instead of an expression: a span, as 10s, 5m, 2h, 1d", HelpName = "span" };
    private readonly Option<string?> _at = new("--at") { Description = "Instead of an expression: once, as 2026-12-24T18:00:00+01:00", HelpName = "moment" };
    private readonly Option<string?> _zone = new("--timezone") { Description = "IANA name of the zone whose clock counts, as Europe/Berlin", HelpName = "zone" };

    /// <param name="isNeeded">Whether one of them has to be there.</param>
    public CronScheduleOptions(bool isNeeded)
    {
        _cron = new Argument<string?>("expression") { Description = "Cron expression of 5 fields, or 6 with the second before them", Arity = ArgumentArity.ZeroOrOne };
        IsNeeded = isNeeded;
    }

    private bool IsNeeded { get; }

    public void AddTo(Command verb)
    {
        verb.Add(_cron);
        verb.Add(_every);
        verb.Add(_at);
        verb.Add(_zone);
        verb.Validators.Add(result =>
        {
            var said = new[] { result.GetValue(_cron), result.GetValue(_every), result.GetValue(_at) }.Count(static text => text is not null);
            if (said > 1 || (said == 0 && IsNeeded))
            {
                result.AddError("Say when: a cron expression, or --every, or --at" + (said > 1 ? "; one of them." : "."));
            }
        });
    }

    public void Fill(ParseResult parsed, JsonObject body)
    {
        var zone = parsed.GetValue(_zone);
        if (parsed.GetValue(_cron) is { } cron)
        {
            body["schedule"] = cron;
        }
        else if (parsed.GetValue(_every) is { } every)
        {
            body["schedule"] = new JsonObject { ["kind"] = "every", ["expression"] = every };
        }
        else if (parsed.GetValue(_at) is { } at)
        {
            body["schedule"] = new JsonObject { ["kind"] = "at", ["expression"] = at };
        }

        if (zone is not null)
        {
            body["timezone"] = zone;
        }
    }
}
