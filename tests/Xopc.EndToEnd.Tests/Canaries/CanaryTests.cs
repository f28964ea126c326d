using System.Text.RegularExpressions;
using Xopc.Testing.Canaries;

namespace Xopc.EndToEnd.Tests.Canaries;

/// <summary>A canary in every secret, everything done that can be done, everything that leaves searched.</summary>
public sealed partial class CanaryTests
{
    [Theory]
    [InlineData(Shape.OneProcess, "token")]
    [InlineData(Shape.Bundle, "password")]
    public async Task No_secret_leaves_by_any_answer_log_trace_file_or_stream(Shape shape, string credential)
    {
        await using var journey = await CanaryJourney.StartAsync(shape, credential);
        var trust = journey.TrustKeys().ToList();

        await journey.EverythingIsAskedAsync();
        await journey.TurnsGoWellAndWrongAsync();
        await journey.ConfigurationIsChangedAsync();
        await journey.CredentialsComeAndGoAsync();
        await journey.LogsAreReadAsync();
        await journey.CommandsAreRunAsync();
        await journey.ProcessesEndInEveryWayAsync();

        trust.AddRange(journey.TrustKeys());
        IEnumerable<Canary> ofConfig = [.. journey.Config.Written, .. journey.Born.Where(born => born.Name == "rotated token")];
        (Regex File, IEnumerable<Canary> Secrets)[] homes =
        [
            (Configuration(), ofConfig), // where they are written down, and its ten backups
            (ModelsFile(), journey.ModelKeys), // where they are written down
            (InstallationKey(), trust), // where they are kept
        ];
        List<Canary> all = [.. ofConfig, .. journey.Variables.Values, .. journey.ModelKeys, .. journey.Refused, .. journey.Born, .. trust.DistinctBy(key => key.Value)];
        if (shape != Shape.OneProcess)
        {
            all.Add(new Canary("password of Redis", journey.Xopc.Redis.Password));
        }

        var evidence = journey.Evidence().ToList();
        var search = new CanarySearch(all);
        var leaks = evidence.SelectMany(each => search.In(each.Place, each.Text)).ToList();
        string[] escaped = [.. leaks.Where(leak => !homes.Any(home => home.File.IsMatch(leak.Place) && home.Secrets.Any(secret => secret.Value == leak.Canary.Value))).DistinctBy(leak => (leak.Canary.Name, leak.Place, leak.Before)).Select(leak => leak.ToString())];
        Assert.True(escaped.Length == 0, string.Join('\n', escaped));

        // Nothing would be found in nothing: the secrets are where they belong, and what was searched holds the conversation.
        Assert.Equal(journey.Config.Marked.Count - 1, journey.Config.Marked.Count(path => journey.Config.Written.Any(secret => secret.Name == path)));
        string[] unwritten = [.. journey.Config.Written.Where(secret => !leaks.Any(leak => leak.Canary == secret && leak.Place == "state/xopc.json.bak.1")).Select(secret => secret.Name)];
        Assert.Equal([], unwritten);
        var asked = journey.AtModels();
        string[] unused = [.. journey.ModelKeys.Append(journey.Variables["CANARY_MODEL_KEY"]).Where(key => !asked.Contains(key.Value, StringComparison.Ordinal)).Select(key => key.Name)];
        Assert.Equal([], unused);
        foreach (var place in (string[])["answers", "the screen of a process", "exported logs", "exported traces", "state/data/agents.db", "state/logs/", .. shape == Shape.OneProcess ? [] : (string[])["redis/"]])
        {
            var word = place switch
            {
                "exported logs" or "the screen of a process" or "state/logs/" => "Xopc.",
                "exported traces" => "/api/agent",
                _ => CanaryJourney.Word,
            };
            Assert.True(evidence.Any(each => each.Place.StartsWith(place, StringComparison.Ordinal) && each.Text.Contains(word, StringComparison.Ordinal)), $"{place} holds no {word}.");
        }

        Assert.True(journey.Telemetry.CountOf("metrics") > 0, "No metrics were exported.");
        Assert.Contains(evidence, each => each.Place == "the command line of a process" && each.Text.Contains("gateway", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^state/xopc\.json(\.bak(\.\d)?)?$")]
    private static partial Regex Configuration();

    [GeneratedRegex(@"^state/models\.json$")]
    private static partial Regex ModelsFile();

    [GeneratedRegex(@"^state/credentials/installation\.key$")]
    private static partial Regex InstallationKey();
}
