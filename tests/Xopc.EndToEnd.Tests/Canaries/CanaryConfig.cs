using System.Text.Json.Nodes;
using Xopc.Configuration;
using Xopc.Testing.Canaries;

namespace Xopc.EndToEnd.Tests.Canaries;

/// <summary>An <c>xopc.json</c> with a canary in the place of every secret: what the schema marks as one, and names of secrets in its open sections.</summary>
internal sealed class CanaryConfig
{
    private readonly List<Canary> _secrets = [];
    private readonly Dictionary<string, Canary> _references = new(StringComparer.Ordinal);

    /// <param name="left">Secrets of the schema that cannot stand beside the others.</param>
    public CanaryConfig(params string[] left)
    {
        Fill(ConfigSchema.Document(), "", Document, left);
        var channels = Document["channels"]!.AsObject();
        // Nobody listens there: the tokens go nowhere. What the schema marks stands at the top, where with accounts it is a warning.
        var telegram = channels["telegram"]!.AsObject();
        telegram["apiRoot"] = "http://127.0.0.1:9";
        telegram["webhook"]!["url"] = "https://localhost/hook";
        telegram["accounts"] = new JsonObject
        {
            ["bot"] = new JsonObject { ["botToken"] = Secret("channels.telegram.accounts.bot.botToken") },
            ["hook"] = new JsonObject
            {
                ["botToken"] = Secret("channels.telegram.accounts.hook.botToken"),
                ["webhook"] = new JsonObject { ["url"] = "https://localhost/hooks/own", ["secret"] = Secret("channels.telegram.accounts.hook.webhook.secret") },
            },
        };
        channels["feishu"] = new JsonObject { ["appSecret"] = Reference("CANARY_APP_SECRET"), ["encryptKey"] = Secret("channels.feishu.encryptKey") };
        channels["weixin"] = new JsonObject { ["webhook"] = $"https://bot:{Secret("channels.weixin.webhook")}@localhost/hook" };
        Document["providers"] = new JsonObject { ["openai"] = Secret("providers.openai") };
        Document["tools"] = new JsonObject { ["web"] = new JsonObject { ["search"] = new JsonObject { ["apiKey"] = Secret("tools.web.search.apiKey") } } };
        Document["stt"] = new JsonObject { ["apiKey"] = Secret("stt.apiKey") };
        Document["nobodysSection"] = new JsonObject { ["privateKey"] = Secret("nobodysSection.privateKey"), ["list"] = new JsonArray(new JsonObject { ["password"] = Secret("nobodysSection.list") }) };
    }

    public JsonObject Document { get; } = [];

    /// <summary>What stands in the file.</summary>
    public IReadOnlyList<Canary> Written => _secrets;

    /// <summary>What the file only names: variable → value.</summary>
    public IReadOnlyDictionary<string, Canary> References => _references;

    /// <summary>Paths that the schema marks as secrets, all of them.</summary>
    public List<string> Marked { get; } = [];

    public string this[string path] => _secrets.Single(secret => secret.Name == path).Value;

    private void Fill(JsonObject schema, string path, JsonObject target, string[] left)
    {
        foreach (var (name, value) in schema["properties"]?.AsObject() ?? [])
        {
            var (member, at) = (value!.AsObject(), path.Length == 0 ? name : $"{path}.{name}");
            if (member["writeOnly"] is not null)
            {
                Marked.Add(at);
                if (!left.Contains(at))
                {
                    target[name] = Secret(at);
                }
            }
            else if (member["properties"] is not null)
            {
                var below = new JsonObject();
                Fill(member, at, below, left);
                if (below.Count > 0)
                {
                    target[name] = below;
                }
            }
            else if (member["items"] is JsonObject items && items.ToJsonString().Contains("\"writeOnly\"", StringComparison.Ordinal))
            {
                // A row has required keys that nobody here knows: whoever marks the first secret in one fills it above.
                throw new NotSupportedException($"{at} is a list with a secret in its rows, which has no canary yet.");
            }
        }
    }

    private string Secret(string path)
    {
        _secrets.Add(Canary.Make(path));
        return _secrets[^1].Value;
    }

    private string Reference(string variable)
    {
        _references[variable] = Canary.Make(variable);
        return $"${{{variable}}}";
    }
}
