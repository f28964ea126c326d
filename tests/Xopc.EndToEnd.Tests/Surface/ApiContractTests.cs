using System.Text.Json.Nodes;
using Xopc.Testing.Http;
using Xopc.Testing.Models;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>
/// Drives every operation of the document and holds what comes back against it: status, content type, body, events. An operation of which no success was seen
/// fails: give it a scene.
/// </summary>
public sealed class ApiContractTests : IAsyncLifetime
{
    private readonly HashSet<string> _succeeded = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];
    private SurfaceHost _host = null!;
    private SurfaceObjects _objects = null!;
    private JsonObject _document = null!;
    private JsonSchema _schema = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await SurfaceHost.StartAsync(bundle: false, generated: true);
        _host.Log("A line");
        _document = await _host.AskAsync(HttpMethod.Get, "/openapi.json");
        _schema = new JsonSchema(_document);
        _objects = await SurfaceObjects.CreateAsync(_host);
        await _host.Hook.WaitForCallsAsync("setWebhook", 1, Wait.Cancelled);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Every_operation_answers_what_the_document_says()
    {
        foreach (var (path, method, operation) in ApiDocumentTests.Each(_document))
        {
            var id = (string)operation["operationId"]!;
            if (Scenes.TryGetValue(id, out var scene))
            {
                await scene(this, path, method, operation);
            }
            else
            {
                await SendAsync(path, method, operation, await OwnAsync(path, method), Sample(operation));
            }
        }

        Assert.Empty(_faults);
        Assert.Equal(Array.Empty<string>(), ApiDocumentTests.Each(_document).Select(each => (string)each.Operation["operationId"]!).Except(_succeeded));
    }

    [Fact]
    public async Task A_body_without_what_the_document_requires_is_refused()
    {
        var tried = 0;
        foreach (var (path, method, operation) in ApiDocumentTests.Each(_document).Where(each => each.Operation["requestBody"] is not null))
        {
            foreach (var names in RequiredOf(operation))
            {
                var body = Sample(operation)!;
                foreach (var name in names)
                {
                    body.Remove(name);
                }

                await SendAsync(path, method, operation, _objects, body, expected: 400);
                tried++;
            }

            await SendAsync(path, method, operation, _objects, new JsonArray(), expected: 400);
            await SendAsync(path, method, operation, _objects, null, expected: (bool)operation["requestBody"]!["required"]! ? 415 : 200);
        }

        Assert.Empty(_faults);
        Assert.True(tried > 5, "The document requires nothing of any body.");
    }

    [Fact]
    public async Task A_field_of_another_type_than_the_document_says_is_refused()
    {
        foreach (var (path, method, operation) in ApiDocumentTests.Each(_document).Where(each => each.Operation["requestBody"] is not null))
        {
            // A schema of true takes anything.
            foreach (var (name, schema) in Properties(BodySchema(operation)).Where(property => _schema.Resolve(property.Value) is JsonObject))
            {
                var body = Sample(operation)!;
                body[name] = Contradiction(schema);
                await SendAsync(path, method, operation, _objects, body, expected: 400);
            }
        }

        Assert.Empty(_faults);
    }

    [Fact]
    public async Task Parameters_take_what_the_document_lists_and_nothing_else()
    {
        var tried = 0;
        foreach (var (path, method, operation) in ApiDocumentTests.Each(_document))
        {
            foreach (var parameter in (operation["parameters"] as JsonArray ?? []).Where(each => (string)each!["in"]! == "query"))
            {
                var (good, bad) = Values(parameter!["schema"]!);
                foreach (var value in good)
                {
                    await SendAsync(path, method, operation, _objects, null, query: $"{parameter["name"]}={value}", expected: 200);
                    tried++;
                }

                foreach (var value in bad)
                {
                    await SendAsync(path, method, operation, _objects, null, query: $"{parameter["name"]}={value}", expected: 400);
                }

                if ((bool)parameter["required"]!)
                {
                    // A ticket's code is a credential: without one nobody is let in.
                    await SendAsync(path, method, operation, _objects, null, query: $"{parameter["name"]}=", expected: path == "/auth/redeem" ? 401 : 400);
                }
            }
        }

        Assert.Empty(_faults);
        Assert.True(tried > 10, "The document limits no parameter.");
    }

    [Fact]
    public async Task A_stream_ends_with_a_declared_farewell()
    {
        var operation = _document["paths"]!["/api/events"]!["get"]!.AsObject();
        using var response = await _host.Client.SendAsync(_host.Request(HttpMethod.Get, "/api/events"), HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        using var reader = new SseReader(response, await response.Content.ReadAsStreamAsync(Wait.Cancelled), Wait.Generous, breakIsEnd: false, Wait.Cancelled);
        Assert.Equal("connected", (await reader.NextAsync())?.Type);

        await _host.StopEdgeAsync();
        var rest = await reader.ToEndAsync();

        rest.ForEach(each => Check("/api/events", "get", operation, each));
        Assert.Equal("bye", rest[^1].Type);
        Assert.Empty(_faults);
    }

    private delegate Task Scene(ApiContractTests test, string path, string method, JsonObject operation);

    /// <summary>What needs more than a request: streams, a run that is still going, answers of several kinds.</summary>
    private static readonly Dictionary<string, Scene> Scenes = new(StringComparer.Ordinal)
    {
        ["postApiAgent"] = static async (test, path, method, operation) =>
        {
            foreach (var model in (string[])["fake/echo", "fake/tools-current_time+think"])
            {
                JsonObject Body() => new() { ["message"] = "hello", ["session"] = "scene-" + Guid.NewGuid().ToString("N"), ["model"] = model };
                await test.SendAsync(path, method, operation, test._objects, Body());
                await test.SendAsync(path, method, operation, test._objects, Body(), accept: "text/event-stream");
            }

            test._host.Model.ForModel("echo", ModelScript.Fail(400));
            await test.SendAsync(path, method, operation, test._objects, new JsonObject { ["message"] = "hello" }, expected: 502);
            await test.SendAsync(path, method, operation, test._objects, new JsonObject { ["message"] = "hello" }, accept: "text/event-stream");
            test._host.Model.ForModel("echo", ModelScript.ByName("echo"));
        },
        ["postApiAgentSteer"] = static async (test, path, method, operation) =>
        {
            await test.SendAsync(path, method, operation, test._objects, Body(test._objects.SessionKey), expected: 409);
            var going = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            test._host.Model.Enqueue(new ModelScript
            {
                Gate = async _ =>
                {
                    going.TrySetResult();
                    await gate.Task;
                },
            });
            var turn = test._host.AskAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "slow", ["session"] = "steered" });
            await going.Task.WaitAsync(Wait.Generous, Wait.Cancelled);
            await test.SendAsync(path, method, operation, test._objects, Body("steered"));
            gate.SetResult();
            await turn;

            static JsonObject Body(string session) => new() { ["sessionKey"] = session, ["message"] = "and now this" };
        },
        ["postApiSessions"] = static async (test, path, method, operation) =>
        {
            var body = new JsonObject { ["chatId"] = "contract" };
            await test.SendAsync(path, method, operation, test._objects, body, expected: 201);
            await test.SendAsync(path, method, operation, test._objects, body);
        },
        ["getApiEvents"] = static async (test, path, method, operation) =>
        {
            using var request = test._host.Request(HttpMethod.Get, path);
            using var response = await test._host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
            test.Note(path, method, operation, response, 200);
            using var reader = new SseReader(response, await response.Content.ReadAsStreamAsync(Wait.Cancelled), Wait.Generous, breakIsEnd: false, Wait.Cancelled);
            var answered = test._host.AskAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "hello", ["newSession"] = true, ["model"] = "fake/tools-current_time" });
            var seen = new HashSet<string>(StringComparer.Ordinal);
            await test._host.AskAsync(HttpMethod.Patch, "/api/config", new JsonObject { ["agents"] = new JsonObject { ["defaults"] = new JsonObject { ["temperature"] = 0.6 } } });
            while (!seen.IsSupersetOf(["connected", "session.created", "agent.stream", "session.updated", "config.reload"]))
            {
                var next = await reader.NextAsync() ?? throw new InvalidOperationException("The events ended.");
                seen.Add(next.Type);
                test.Check(path, method, operation, next);
            }

            await answered;
            await test.FollowAsync(path, method, operation, "", ["connected", "resync"], lastEventId: "long-ago");
        },
        ["getApiLogsStream"] = static async (test, path, method, operation) =>
        {
            await test.FollowAsync(path, method, operation, "", ["connected", "log"], lastEventId: null, begun: () => test._host.Log("Another line"));
            await test.FollowAsync(path, method, operation, "?module=Xopc.Nothing", ["connected"], lastEventId: null);
        },
        ["getApiChannelsPairing"] = static (test, path, method, operation) => test.SendAsync(path, method, operation, test._objects, null, query: "channel=telegram"),
        ["postApiChannelsPairingApprove"] = static async (test, path, method, operation) =>
        {
            var body = new JsonObject { ["channel"] = "telegram", ["code"] = (await test.AskToBeLetInAsync()).Code };
            await test.SendAsync(path, method, operation, test._objects, body);
            await test.SendAsync(path, method, operation, test._objects, body.DeepClone(), expected: 404);
        },
        ["postApiChannelsPairingApproveSender"] = static async (test, path, method, operation) =>
            await test.SendAsync(path, method, operation, test._objects, new JsonObject { ["channel"] = "telegram", ["senderId"] = (await test.AskToBeLetInAsync()).Sender }),
        ["deleteApiChannelsPairingPaired"] = static async (test, path, method, operation) =>
        {
            var (sender, code) = await test.AskToBeLetInAsync();
            await test._host.AskAsync(HttpMethod.Post, "/api/channels/pairing/approve", new JsonObject { ["channel"] = "telegram", ["code"] = code });
            await test.SendAsync(path, method, operation, test._objects, new JsonObject { ["channel"] = "telegram", ["senderId"] = sender });
        },
        ["deleteApiChannelsPairingPending"] = static async (test, path, method, operation) =>
            await test.SendAsync(path, method, operation, test._objects, new JsonObject { ["channel"] = "telegram", ["senderId"] = (await test.AskToBeLetInAsync()).Sender }),
        ["postWebhooksTelegramAccount"] = static (test, path, method, operation) => test.SendAsync(path, method, operation, test._objects, new JsonObject { ["update_id"] = 1 }),
        ["postApiAuthTokenRefresh"] = static async (test, path, method, operation) =>
        {
            var before = test._host.MainToken;
            var answer = await test.SendAsync(path, method, operation, test._objects, null);
            test._host.MainToken = (string)answer!["payload"]!["token"]!;
            Assert.NotEqual(before, test._host.MainToken);
        },
        ["getAuthRedeem"] = static async (test, path, method, operation) =>
        {
            var ticket = await test._host.AskAsync(HttpMethod.Post, "/api/auth/ticket");
            await test.SendAsync(path, method, operation, test._objects, null, query: $"code={ticket["payload"]!["code"]}&to=/reference", expected: 303);
            await test.SendAsync(path, method, operation, test._objects, null, query: $"code={ticket["payload"]!["code"]}", expected: 401);
        },
        ["patchApiCronJob"] = static async (test, path, method, operation) =>
        {
            var own = await test.OwnAsync(path, method);
            await test.SendAsync(path, method, operation, own, new JsonObject { ["name"] = "another" }, ifMatch: "\"1\"");
            await test.SendAsync(path, method, operation, own, new JsonObject { ["name"] = "too late" }, ifMatch: "\"1\"", expected: 412);
        },
        ["patchApiConfig"] = static async (test, path, method, operation) =>
        {
            var change = new JsonObject { ["agents"] = new JsonObject { ["defaults"] = new JsonObject { ["temperature"] = 0.5, ["thinkingDefault"] = null } }, ["unheardOf"] = 1 };
            var changed = await test.SendAsync(path, method, operation, test._objects, change);
            Assert.Equal("unheardOf", (string)changed!["payload"]!["warnings"]![0]!["path"]!);
            await test.SendAsync(path, method, operation, test._objects, change.DeepClone(), ifMatch: "\"0\"", expected: 412);
        },
        ["postApiConfigValidate"] = static async (test, path, method, operation) =>
        {
            foreach (var judged in (string[])["""{"config":{"agents":{}}}""", """{"patch":{"agents":null}}""", """{"config":{"gateway":{"port":0}}}"""])
            {
                await test.SendAsync(path, method, operation, test._objects, JsonNode.Parse(judged));
            }
        },
        ["postApiLogsLevel"] = static async (test, path, method, operation) =>
        {
            await test.SendAsync(path, method, operation, test._objects, new JsonObject { ["level"] = "debug", ["duration"] = 10 });
            await test.SendAsync(path, method, operation, test._objects, new JsonObject { ["level"] = "default" });
        },
        ["getApiWorkspaceInboundFile"] = static async (test, path, method, operation) =>
        {
            await test.SendAsync(path, method, operation, test._objects, null, query: "rel=" + Uri.EscapeDataString(test._objects.File));
            await test.SendAsync(path, method, operation, test._objects, null, query: "rel=" + Uri.EscapeDataString(test._objects.File), range: "bytes=0-0", expected: 206);
        },
    };

    // Somebody writes to the bot and is shown a code.
    private async Task<(string Sender, string Code)> AskToBeLetInAsync()
    {
        var person = _host.Telegram.AddPerson("Anna");
        person.Writes(_host.Bot, "let me in");
        var shown = await person.ChatWith(_host.Bot).WaitForAsync(message => message.Author.IsBot, "the code", Wait.Cancelled);
        return ($"{person.Id}", shown.Text.Split("Your code:")[1].Trim()[..8]);
    }

    // A request of its own session, where the operation may end it or change its state.
    private async Task<SurfaceObjects> OwnAsync(string path, string method)
    {
        if (path == "/api/keys/{id}" && method == "delete")
        {
            var key = await _host.AskAsync(HttpMethod.Post, "/api/keys", new JsonObject { ["name"] = Guid.NewGuid().ToString("N"), ["scope"] = "read" });
            return _objects with { KeyId = (string)key["payload"]!["id"]! };
        }

        if (path.Contains("{job}", StringComparison.Ordinal) && method != "get")
        {
            return _objects with { JobId = await SurfaceObjects.ScheduleAsync(_host, "again") };
        }

        if (path.Contains("{delivery}", StringComparison.Ordinal) && method != "get")
        {
            return _objects with { DeliveryId = await SurfaceObjects.FailDeliveryAsync(_host, "again") };
        }

        if (!path.Contains("{key}", StringComparison.Ordinal) || method == "get")
        {
            return _objects;
        }

        var made = await _host.AskAsync(HttpMethod.Post, "/api/sessions", new JsonObject { ["chatId"] = Guid.NewGuid().ToString("N") });
        var own = _objects with { SessionKey = (string)made["session"]!["key"]! };
        if (path.EndsWith("/unarchive", StringComparison.Ordinal) || path.EndsWith("/unpin", StringComparison.Ordinal))
        {
            await _host.AskAsync(HttpMethod.Post, $"/api/sessions/{own.SessionKey}/{path.Split('/')[^1]["un".Length..]}");
        }

        return own;
    }

    // Reads events until each of the wanted ones was there.
    private async Task FollowAsync(string path, string method, JsonObject operation, string query, string[] wanted, string? lastEventId, Action? begun = null)
    {
        using var request = _host.Request(HttpMethod.Get, path + query);
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        using var response = await _host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        Note(path, method, operation, response, 200);
        using var reader = new SseReader(response, await response.Content.ReadAsStreamAsync(Wait.Cancelled), Wait.Generous, breakIsEnd: false, Wait.Cancelled);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!seen.IsSupersetOf(wanted))
        {
            var next = await reader.NextAsync() ?? throw new InvalidOperationException("The events ended.");
            if (seen.Add(next.Type) && seen.Count == 1)
            {
                begun?.Invoke();
            }

            Check(path, method, operation, next);
        }
    }

    /// <returns>The answer, where it is JSON.</returns>
    private async Task<JsonNode?> SendAsync(
        string path, string method, JsonObject operation, SurfaceObjects objects, JsonNode? body, string? query = null, string? accept = null, string? range = null, string? ifMatch = null,
        int? expected = null)
    {
        var isHook = path.StartsWith("/webhooks/", StringComparison.Ordinal);
        var target = string.Join('/', path.Split('/').Select(segment => segment.StartsWith('{') ? isHook ? "hook" : objects.ValueOf(segment.Trim('{', '}')) : segment));
        using var request = _host.Request(new HttpMethod(method.ToUpperInvariant()), target + (query is null ? "" : "?" + query), body);
        if (isHook)
        {
            request.Headers.TryAddWithoutValidation("X-Telegram-Bot-Api-Secret-Token", _host.HookSecret);
        }

        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (range is not null)
        {
            request.Headers.TryAddWithoutValidation("Range", range);
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        using var response = await _host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            Note(path, method, operation, response, expected);
            using var reader = new SseReader(response, await response.Content.ReadAsStreamAsync(Wait.Cancelled), Wait.Generous, breakIsEnd: false, Wait.Cancelled);
            foreach (var each in await reader.ToEndAsync())
            {
                Check(path, method, operation, each);
            }

            return null;
        }

        var text = await response.Content.ReadAsStringAsync(Wait.Cancelled);
        if (Note(path, method, operation, response, expected, $"{query} {body?.ToJsonString()} → {text}") is not { } media || response.Content.Headers.ContentType?.MediaType != "application/json")
        {
            return null;
        }

        var answer = JsonNode.Parse(text);
        _faults.AddRange(_schema.Faults(media["schema"], answer).Select(fault => $"{method} {target} {(int)response.StatusCode}: {fault}"));
        return answer;
    }

    /// <summary>Checks status and content type; returns what the document says of the content.</summary>
    private JsonObject? Note(string path, string method, JsonObject operation, HttpResponseMessage response, int? expected, string detail = "")
    {
        var status = (int)response.StatusCode;
        if (expected is { } wanted ? status != wanted : status is < 200 or > 399)
        {
            _faults.Add($"{method} {path}: {status} instead of {expected?.ToString() ?? "success"} {detail}");
        }

        if (_schema.Resolve(operation["responses"]![status.ToString()]) is not JsonObject declared)
        {
            _faults.Add($"{method} {path}: {status} is not declared {detail}");
            return null;
        }

        if (status < 400)
        {
            _succeeded.Add((string)operation["operationId"]!);
        }

        if (method == "head" || status is > 299 and < 400)
        {
            return null;
        }

        var type = response.Content.Headers.ContentType?.MediaType;
        if (type is null || declared["content"]?[type] is not JsonObject media)
        {
            _faults.Add($"{method} {path}: {status} with {type ?? "no content type"}, which is not declared");
            return null;
        }

        return media;
    }

    private void Check(string path, string method, JsonObject operation, SseEvent next)
    {
        var events = operation["responses"]!["200"]!["content"]!["text/event-stream"]!["x-xopc-events"]!;
        if (events[next.Type] is not { } schema)
        {
            _faults.Add($"{method} {path}: the event {next.Type} is not declared");
            return;
        }

        _faults.AddRange(_schema.Faults(schema, next.Json).Select(fault => $"{method} {path}, event {next.Type}: {fault} in {next.Data}"));
    }

    private static JsonNode? BodySchema(JsonObject operation) => operation["requestBody"]!["content"]!["application/json"]!["schema"];

    // Each entry: the names of which one has to be there.
    private static IEnumerable<string[]> RequiredOf(JsonObject operation) => (BodySchema(operation)?["allOf"] as JsonArray ?? []).Skip(1).Select(each =>
        each!["required"] is JsonArray names ? [(string)names[0]!] : each["anyOf"]!.AsArray().Select(way => (string)way!["required"]![0]!).ToArray());

    private JsonObject? Sample(JsonObject operation) => operation["requestBody"] is null
        ? null
        : new JsonObject(RequiredOf(operation).Select(names => KeyValuePair.Create(names[0], (JsonNode?)_objects.ValueOf(names[0]))));

    private IEnumerable<KeyValuePair<string, JsonNode?>> Properties(JsonNode? schema)
    {
        var resolved = _schema.Resolve(schema);
        return [.. resolved?["properties"] as JsonObject ?? [], .. (resolved?["allOf"] as JsonArray ?? []).SelectMany(Properties)];
    }

    // A value of a type that the schema does not list.
    private JsonNode Contradiction(JsonNode? schema)
    {
        var type = _schema.Resolve(schema)?["type"];
        var types = type is JsonArray several ? several.Select(each => (string)each!).ToArray() : [(string?)type ?? "string"];
        return types.Contains("object") ? JsonValue.Create("no object") : new JsonObject { ["no"] = true };
    }

    private static (IEnumerable<string> Good, IEnumerable<string> Bad) Values(JsonNode schema)
    {
        if (schema["enum"] is JsonArray values)
        {
            return (values.Select(static each => (string)each!), ["no-such-value"]);
        }

        if ((string?)schema["type"] == "integer")
        {
            var (min, max) = ((long)schema["minimum"]!, (long)schema["maximum"]!);
            return ([min.ToString(), max.ToString()], [(min - 1).ToString(), (max + 1).ToString(), "1.5", "x"]);
        }

        return ([], []);
    }
}
