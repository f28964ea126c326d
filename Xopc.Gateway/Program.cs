using Xopc.Gateway;
using Xopc.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("xopc-gateway");
builder.AddGateway(edge => edge.Proxy = true);

var app = builder.Build();
app.UseXopcEdge();
app.MapGateway();
await app.RunAsync();
