using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Configuration;

namespace Xopc.Gateway.Edge;

/// <summary>
/// Makes a new main token where the present one lies: in the file of the generated token, or in <c>xopc.json</c>. It is on the disk before anybody learns
/// it, and a running gateway takes it over from there.
/// </summary>
public static class TokenRotation
{
    private const string Path = "gateway.auth.token";
    private const int Tries = 3;

    /// <summary>The new token; or null and why it cannot be made here, with the next step.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static async Task<(string? Token, string? Problem)> RunAsync(ConfigFile file, string credentialsDirectory, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Tries; i++)
        {
            ConfigSnapshot snapshot;
            try
            {
                snapshot = file.Load();
            }
            catch (ConfigException ex)
            {
                return (null, ex.Message);
            }

            if (snapshot.Config.Gateway.Auth.Mode != "token")
            {
                return (null, $"There is no token to replace: gateway.auth.mode is \"{snapshot.Config.Gateway.Auth.Mode}\".");
            }

            if (snapshot.Overridden.Contains(Path))
            {
                return (null, "The token comes from XOPC_GATEWAY_TOKEN or --token; change it there and restart the gateway.");
            }

            if (Written(snapshot.Document.Root) is not { } written)
            {
                return (GatewayTokenFile.Rotate(credentialsDirectory), null);
            }

            if (written.Contains("${", StringComparison.Ordinal))
            {
                return (null, $"{Path} in {file.Path} is the reference {written.Trim()}; change the variable and restart the gateway.");
            }

            var token = GatewayTokenFile.Make();
            var saved = await file.SaveAsync(snapshot.Hash, edited => Replace(edited, token), cancellationToken);
            switch (saved.Outcome)
            {
                case ConfigSaveOutcome.Saved:
                    return (token, null);
                case ConfigSaveOutcome.Conflict:
                    continue; // somebody saved in between: look again where the token lies now
                default:
                    return (null, $"{file.Path} could not be saved ({saved.Outcome}). {string.Join(' ', saved.Problems)}".TrimEnd());
            }
        }

        return (null, $"{file.Path} changes too often to be saved; try again.");
    }

    private static string? Written(JsonElement root) =>
        root.TryGetProperty("gateway", out var gateway) && gateway.ValueKind is JsonValueKind.Object
        && gateway.TryGetProperty("auth", out var auth) && auth.ValueKind is JsonValueKind.Object
        && auth.TryGetProperty("token", out var token) && token.ValueKind is JsonValueKind.String && !string.IsNullOrWhiteSpace(token.GetString())
            ? token.GetString() : null;

    private static void Replace(JsonObject document, string token) => document["gateway"]!["auth"]!["token"] = token;
}
