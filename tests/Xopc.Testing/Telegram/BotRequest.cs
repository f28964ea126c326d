using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Xopc.Testing.Telegram;

/// <summary>
/// The parameters of one call, however they came: query, JSON, form or multipart. In a form whatever is no text is JSON
/// (<c>reply_parameters={"message_id":7}</c>), and a number in JSON may as well be written as text.
/// </summary>
internal sealed class BotRequest
{
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UploadedFile> _files = new(StringComparer.Ordinal);

    /// <summary>The chat the call is about; null when it is about none or names it otherwise than by number.</summary>
    public long? ChatId => _texts.TryGetValue("chat_id", out var text) && long.TryParse(text, out var id) ? id : null;

    public static async Task<BotRequest> ReadAsync(HttpContext context)
    {
        var request = new BotRequest();
        foreach (var (name, value) in context.Request.Query)
        {
            request._texts[name] = value.ToString();
        }

        if (context.Request.HasFormContentType)
        {
            await request.ReadFormAsync(context);
        }
        else if (context.Request.HasJsonContentType())
        {
            await request.ReadJsonAsync(context);
        }

        return request;
    }

    public string? Text(string name) => _texts.GetValueOrDefault(name);

    public long? Number(string name)
    {
        if (!_texts.TryGetValue(name, out var text) || text.Length == 0)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw BotApiException.BadRequest($"invalid {name} specified");
    }

    public bool Flag(string name) => Text(name) is "true" or "True" or "1";

    public JsonNode? Json(string name)
    {
        if (Text(name) is not { Length: > 0 } text)
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            throw BotApiException.BadRequest($"can't parse {name} JSON object");
        }
    }

    /// <summary>A file that came along, by the name of its part or as <c>attach://part</c>; null: the parameter names no upload.</summary>
    public UploadedFile? Upload(string reference) =>
        _files.GetValueOrDefault(reference.StartsWith("attach://", StringComparison.Ordinal) ? reference["attach://".Length..] : reference);

    private async Task ReadFormAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        foreach (var (name, value) in form)
        {
            _texts[name] = value.ToString();
        }

        foreach (var file in form.Files)
        {
            using var content = new MemoryStream();
            await file.CopyToAsync(content, context.RequestAborted);
            _files[file.Name] = new UploadedFile(file.FileName, content.ToArray());
        }
    }

    private async Task ReadJsonAsync(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.Null)
                {
                    _texts[property.Name] = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
                }
            }
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            throw BotApiException.BadRequest("can't parse request body as a JSON object");
        }
    }
}
