using Xopc.Configuration;
using Xopc.Gateway.Edge;

namespace Xopc.Cli.Hosting;

/// <summary>Collects the banner's facts from a running host.</summary>
internal static class BannerFactsOf
{
    /// <param name="plan">Null when the platform chose the address.</param>
    public static BannerFacts Host(WebApplication app, string url, BindPlan? plan)
    {
        var paths = app.Services.GetRequiredService<StatePaths>();
        var credential = app.Services.GetRequiredService<GatewayCredential>();
        var snapshot = app.Services.GetRequiredService<ConfigStore>().Snapshot;
        return new BannerFacts(
            url,
            plan is { IsLoopback: false } ? "reachable from other machines" : null,
            credential.Mode switch
            {
                GatewayAuthMode.None => "open: everybody who reaches it is the operator",
                GatewayAuthMode.Password => "password",
                _ => credential.IsGenerated ? $"{credential.Masked} (generated; xopc gateway token prints it)" : credential.Masked ?? "",
            },
            credential.Mode is not GatewayAuthMode.None,
            null,
            paths.StateDirectory,
            [.. snapshot.Warnings.Select(warning => warning.ToString())]);
    }
}
