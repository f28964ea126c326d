using Xopc.Agents.Models;
using Xopc.Configuration;
using Xopc.Gateway.Edge;

namespace Xopc.Cli.Hosting;

/// <summary>Collects the banner's facts from a running host.</summary>
internal static class BannerFactsOf
{
    /// <param name="isLoopback">Whether only this machine reaches it; true also when the platform chose the address and answers for it.</param>
    public static async Task<BannerFacts> HostAsync(WebApplication app, string url, bool isLoopback)
    {
        var paths = app.Services.GetRequiredService<StatePaths>();
        var credential = app.Services.GetRequiredService<GatewayCredential>();
        var store = app.Services.GetRequiredService<ConfigStore>();
        var models = app.Services.GetService<ModelsOverview>(); // the edge of a bundle has none
        if (models is not null)
        {
            await models.FirstOllamaLook;
        }

        var chosen = store.Router.Agents.FindOrDefault(store.Router.Agents.DefaultId).Model?.Primary;
        return new BannerFacts(
            url,
            isLoopback ? null : "reachable from other machines",
            Access(credential),
            credential.Mode is not GatewayAuthMode.None,
            models is null ? null : chosen ?? models.FirstModel,
            paths.StateDirectory,
            [.. store.Snapshot.Warnings.Select(warning => warning.ToString()), .. models is null ? [] : NotesOn(models, chosen, paths)]);
    }

    private static string Access(GatewayCredential credential) => credential.Mode switch
    {
        GatewayAuthMode.None => "open: everybody who reaches it is the operator",
        GatewayAuthMode.Password => "password",
        _ => credential.IsGenerated ? $"{credential.Masked} (generated; xopc gateway token prints it)" : credential.Masked ?? "",
    };

    private static IEnumerable<string> NotesOn(ModelsOverview models, string? chosen, StatePaths paths)
    {
        if (models.ModelsFileError is { } error)
        {
            yield return $"{paths.ModelsFile} is not in use: {error}";
        }

        if (chosen is not null && !models.IsUsable(chosen))
        {
            yield return $"{chosen} is configured, but no key for it was found; {models.FirstModel} is what can answer.";
        }
        else if (models.IsOfflineOnly)
        {
            yield return $"No model is configured, so a built-in offline one answers. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or another key, start Ollama, or write {paths.ModelsFile}.";
        }

        if (models.OllamaDetected is { } ollama)
        {
            yield return $"A local Ollama with {ollama.Models.Count} model{(ollama.Models.Count == 1 ? "" : "s")} is offered (models.detectOllama switches that off).";
        }
    }
}
