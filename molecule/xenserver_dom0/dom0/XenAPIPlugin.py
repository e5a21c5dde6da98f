# Stands for dom0's module of this name: xapi runs a plugin with an XML-RPC request as its argument, and reads an
# XML-RPC response from its output. Python 2.
import sys

import xmlrpclib


class Failure(Exception):
    pass


def dispatch(functions):
    (session, arguments), name = xmlrpclib.loads(sys.argv[1])
    try:
        answer = {"Status": "Success", "Value": functions[name](session, arguments)}
    except Failure as error:
        answer = {"Status": "Failure", "ErrorDescription": [str(error)]}
    print(xmlrpclib.dumps((answer,), methodresponse=True))
